"""Small files that are read on every call and changed by hand: parsed once, watched cheaply."""

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

Parsed = TypeVar("Parsed")

# Seconds between two looks at the same file: the longest that a change may go unseen.
LOOK_EVERY = 1.0
LARGEST = 1024 * 1024


class _Seen(NamedTuple, Generic[Parsed]):
    looked_at: float
    signature: tuple[int, ...] | None
    parsed: Parsed | None
    error: Exception | None


class Watched(Generic[Parsed]):
    """Files of one format by path, parsed anew when time, size, mode or inode changed.

    With `private`, a file that its group or others can read or write is refused.
    """

    def __init__(self, parse: Callable[[str], Parsed], *, private: bool = False) -> None:
        self._parse = parse
        self._private = private
        self._seen: dict[Path, _Seen[Parsed]] = {}
        self._lock = Lock()

    def read(self, path: Path) -> Parsed | None:
        """The parsed content; None when there is no such file.

        Raises OpenToOthers, OSError (unreadable) and whatever the parser raises,
        the same until the file changes.
        """
        seen = self._seen.get(path)
        now = time.monotonic()
        if seen is None or now - seen.looked_at >= LOOK_EVERY:
            with self._lock:
                seen = self._seen[path] = self._look(path, seen, now)
        if seen.error is not None:
            raise seen.error.with_traceback(None)
        return seen.parsed

    def forget(self) -> None:
        self._seen.clear()

    def _look(self, path: Path, before: _Seen[Parsed] | None, now: float) -> _Seen[Parsed]:
        try:
            found = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return _Seen(now, None, None, None)
        except OSError as error:
            return _Seen(now, None, None, error)
        signature = (found.st_mtime_ns, found.st_size, found.st_mode, found.st_ino)
        if before is not None and before.signature == signature:
            return before._replace(looked_at=now)
        try:
            return _Seen(now, signature, self._parse(self._text(path)), None)
        except Exception as error:
            return _Seen(now, signature, None, error)

    def _text(self, path: Path) -> str:
        with path.open("rb") as file:
            # The open file's mode, not the path's: nothing can be swapped in between.
            mode = os.fstat(file.fileno()).st_mode
            if self._private and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise OpenToOthers(path, stat.S_IMODE(mode))
            return file.read(LARGEST).decode("utf-8-sig")


class OpenToOthers(Exception):
    """A file of secrets that more than its owner can use; the message says how to mend it."""

    def __init__(self, path: Path, mode: int) -> None:
        super().__init__(
            f"{path} has mode {mode:04o}: others than its owner may use it. Run: chmod 600 {path}"
        )
        self.path = path
