"""Splitting an upstream's byte stream into events or lines. Bytes in, bytes out, no Django.

Lines end at LF, CR or CRLF and nowhere else: U+2028, U+0085 and form feeds stay
inside the data (WHATWG HTML, "server-sent events"; measured in hazards as a break
of line iterators that split text).
"""

import re

from providers.errors import ErrorKind, ProviderError, failure

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"
_BARE_FIELDS = frozenset({b"data", b"event", b"id", b"retry"})
_COST_OF_A_LINE = 48  # of memory, above its bytes: millions of tiny lines add up
MAX_LINE = 8 * 1024 * 1024


class LineSplitter:
    """Feeds on byte chunks of any size, gives whole lines without their ends.

    Raises ProviderError(protocol) when one line passes `limit` bytes.
    """

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._limit = limit
        self._pending = bytearray()
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[bytes]:
        if not chunk:
            return []
        if self._after_cr:
            self._after_cr = False
            if chunk[0] == 10:
                chunk = chunk[1:]
        if b"\r" not in chunk:
            lines = chunk.split(b"\n")
        else:
            self._after_cr = chunk.endswith(b"\r")
            lines = _LINE_END.split(chunk)
        may_be_long = len(self._pending) + len(chunk) > self._limit
        rest = lines.pop()
        if lines and self._pending:
            self._pending += lines[0]
            lines[0] = bytes(self._pending)
            self._pending.clear()
        if rest:
            self._pending += rest
        if may_be_long and max((len(self._pending), *map(len, lines))) > self._limit:
            raise ProviderError(
                failure(
                    ErrorKind.PROTOCOL,
                    f"The upstream sent a line longer than {self._limit} bytes.",
                )
            )
        return lines

    def rest(self) -> bytes:
        """What is left after the last line end: the tail of a stream at EOF."""
        tail = bytes(self._pending)
        self._pending.clear()
        return tail


class ServerEvent:
    """One event: its name ("" when the stream gives none) and its data."""

    __slots__ = ("data", "name")

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data


class EventSplitter:
    """Server-sent events out of byte chunks.

    `stray` collects lines that are neither a field nor a comment: some upstreams
    write a bare JSON error into the stream, without `data:`. They are kept until the
    end, so their sum is under the same limit as one event.
    """

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._lines = LineSplitter(limit)
        self._limit = limit
        self._size = 0
        self._stray_size = 0
        self._begun = False
        self._name = ""
        self._data: list[bytes] = []
        self.stray: list[bytes] = []

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        events: list[ServerEvent] = []
        for line in self._lines.feed(chunk):
            if not self._begun:
                line = self._first(line)
            self._take(line, events)
        return events

    def finish(self) -> list[ServerEvent]:
        """At EOF: an event whose closing blank line never came is still given."""
        events: list[ServerEvent] = []
        rest = self._lines.rest()
        self._take(rest if self._begun else self._first(rest), events)
        self._take(b"", events)
        return events

    def _first(self, line: bytes) -> bytes:
        """The stream's first line without a byte order mark, as the standard has it."""
        self._begun = True
        return line.removeprefix(_BOM)

    def _take(self, line: bytes, events: list[ServerEvent]) -> None:
        if not line:
            if self._data:
                data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
                events.append(ServerEvent(self._name, data))
                self._data = []
                self._size = 0
            self._name = ""
        elif line.startswith(b"data:"):
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            self._size = self._grown(self._size, line)
        elif line.startswith(b"event:"):
            self._name = line[6:].strip().decode("utf-8", "replace")
        elif line in _BARE_FIELDS:  # a field's name alone has an empty value
            self._take(line + b":", events)
        elif not line.startswith((b":", b"id:", b"retry:")):
            self.stray.append(line)
            self._stray_size = self._grown(self._stray_size, line)

    def _grown(self, size: int, line: bytes) -> int:
        size += len(line) + _COST_OF_A_LINE
        if size > self._limit:
            raise ProviderError(
                failure(ErrorKind.PROTOCOL, f"The upstream sent an event over {self._limit} bytes.")
            )
        return size
