"""Bytes of a good answer into events, whichever framing the server chose to use."""

from providers import wording
from providers.adapters.openai_compatible import wire
from providers.adapters.openai_compatible.answer import Answer
from providers.errors import ProviderError
from providers.events import Event
from providers.sse import EventSplitter, ServerEvent

SHOWN = 120


class StreamDecoder:
    """Server-sent events up to `[DONE]`, or up to EOF after every finish reason.

    Lines outside the events are an error that the server wrote into its stream, or a
    whole document from a server that ignored `stream`.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._events = EventSplitter()
        self._strays = 0
        self._size = 0

    def feed(self, chunk: bytes) -> list[Event]:
        self._size += len(chunk)
        out: list[Event] = []
        if self._answer.ended:
            return out
        try:
            self._take(self._events.feed(chunk), out)
        except ProviderError as error:
            self._answer.fail(error.failure, out)
        return out

    def finish(self) -> list[Event]:
        out: list[Event] = []
        if self._answer.ended:
            return out
        self._take(self._events.finish(), out)
        if not self._answer.ended:
            self._end(out)
        return out

    def _take(self, events: list[ServerEvent], out: list[Event]) -> None:
        for event in events:
            if self._answer.ended:
                return
            data = event.data
            if data.startswith(b"[DONE]"):
                self._done(out)
            elif event.name == "error":
                found = wording.decode(data)
                error = wording.error_object(found) or found or _seen(data)
                self._answer.error(error, out)
            elif data and not data.isspace():
                self._read(data, out)
        if len(self._events.stray) > self._strays and not self._answer.ended:
            self._stray(out)

    def _read(self, data: bytes, out: list[Event]) -> None:
        chunk = wire.read(data)
        if chunk is not None:
            self._answer.take(chunk, out)
            return
        error = wording.error_object(wording.decode(data))
        if error is not None:
            self._answer.error(error, out)
        else:
            self._answer.protocol(f"sent an event that is not a chunk: {_seen(data)}", out)

    def _stray(self, out: list[Event]) -> None:
        """A bare error line counts at once; other lines may yet be parts of a document."""
        for line in self._events.stray[self._strays :]:
            error = wording.error_object(wording.decode(line))
            if error is not None:
                self._answer.error(error, out)
                return
        self._strays = len(self._events.stray)

    def _done(self, out: list[Event]) -> None:
        if self._answer.finished or self._answer.has_content:
            self._answer.close(out)
        else:
            self._answer.empty(out)

    def _end(self, out: list[Event]) -> None:
        """EOF without `[DONE]`."""
        stray = b"\n".join(self._events.stray)
        error = wording.error_object(wording.decode(stray))
        if error is not None:
            self._answer.error(error, out)
        elif self._answer.finished:
            self._answer.close(out)
        elif self._answer.choices:
            self._answer.protocol(
                f"broke off its stream after {self._size} bytes: neither a finish_reason nor "
                "[DONE] came.",
                out,
            )
        else:
            read_document(self._answer, stray, out)


class DocumentDecoder:
    """One JSON document; also a stream from a server that streams unasked."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._chunks: list[bytes] = []

    def feed(self, chunk: bytes) -> list[Event]:
        self._chunks.append(chunk)
        return []

    def finish(self) -> list[Event]:
        body = b"".join(self._chunks)
        if body.lstrip().startswith((b"data:", b"event:", b":")):
            stream = StreamDecoder(self._answer)
            return stream.feed(body) + stream.finish()
        out: list[Event] = []
        read_document(self._answer, body, out)
        return out


def read_document(answer: Answer, body: bytes, out: list[Event]) -> None:
    """A whole answer; anything else is a failure that says what arrived."""
    chunk = wire.read(body)
    if chunk is None:
        error = wording.error_object(wording.decode(body))
        if error is not None:
            answer.error(error, out)
        else:
            answer.protocol(f"answered with {_seen(body)} where a chat completion belongs.", out)
        return
    for choice in chunk.choices or ():
        chunk.error = chunk.error or choice.error
    if chunk.error or chunk.choices:
        answer.take(chunk, out)
        if not answer.ended:
            answer.close(out)
    else:
        answer.protocol(f"answered without choices: {_seen(body)}", out)


def _seen(body: bytes) -> str:
    """What arrived instead, for a message: its kind and its beginning."""
    text = wording.shown(body[:SHOWN].decode("utf-8", "replace"))
    if not body.strip():
        return "an empty body"
    return f"HTML ({text})" if body.lstrip()[:1] == b"<" else text
