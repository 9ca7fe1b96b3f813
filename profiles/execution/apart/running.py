"""Schemas and patterns are applied in processes of their own, within limits of time and memory.

A pattern can backtrack for ever and a schema can fan out without end, and neither lets go of
the interpreter meanwhile. Two such processes at most, started when first needed; they hold no
secret: their environment is empty. Blocking: the line calls this from threads of its own.
"""

import atexit
import json
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Literal

import msgspec

MOST_PROCESSES = 2
COMPUTING_SECS = 1.0  # of one job
SECS = 5.0  # of one job, however busy the machine is
STARTING_SECS = 20.0
LONGEST_TEXT = 2_000_000
_CHILD = Path(__file__).with_name("child.py")
_ROOT = Path(__file__).resolve().parents[3]
BUSY = "It cannot be checked now: too many answers are. Try again soon."
_TOO_LONG = (
    "It cannot be checked: that takes over {0:g} s. Make the schema or pattern simpler, or the "
    "answer shorter."
)


Job = Literal["regex", "json_schema", "check_regex", "check_json_schema"]


class Done(msgspec.Struct, frozen=True):
    """`found` is as the job tells it; `problem` why there is none, "" when there is."""

    found: list[Any] = []
    problem: str = ""


class _Gone(Exception):
    """The process ended, or said nothing in time."""


class _Child:
    """One process. Not shared by threads."""

    def __init__(self) -> None:
        words = [sys.executable, "-I", "-B", str(_CHILD), str(_ROOT)]
        self.process = subprocess.Popen(  # noqa: S603
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}
        )
        self._fresh = True

    def ask(self, job: bytes) -> bytes:
        """One line for one line. Raises _Gone; the process is of no use then."""
        within = SECS + (STARTING_SECS if self._fresh else 0)
        self._fresh = False
        end = time.monotonic() + within
        try:
            self._write(job, end)
            return self._read(end)
        except (OSError, ValueError):
            raise _Gone from None

    def _write(self, job: bytes, end: float) -> None:
        assert self.process.stdin is not None
        pipe = self.process.stdin.fileno()
        os.set_blocking(pipe, False)
        rest = memoryview(job)
        while rest:
            _, ready, _ = select.select([], [pipe], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise _Gone
            rest = rest[os.write(pipe, rest) :]

    def _read(self, end: float) -> bytes:
        assert self.process.stdout is not None
        pipe, said = self.process.stdout.fileno(), b""
        while not said.endswith(b"\n"):
            ready, _, _ = select.select([pipe], [], [], max(0.0, end - time.monotonic()))
            piece = os.read(pipe, 65536) if ready else b""
            if not piece:
                raise _Gone
            said += piece
        return said

    def close(self) -> None:
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        self.process.wait()


_free: list[_Child] = []
_places = threading.Semaphore(MOST_PROCESSES)


def run(kind: Job, rules: bytes, text: str = "", secs: float = COMPUTING_SECS) -> Done:
    """What a job found, or why it could not be done. `rules` is JSON: patterns, or a schema."""
    if len(text) > LONGEST_TEXT:
        return Done(problem=f"It cannot be checked: it is over {LONGEST_TEXT} characters long.")
    words = {"kind": kind, "rules": rules.decode(), "text": text, "secs": secs}
    job = json.dumps(words).encode() + b"\n"
    if not _places.acquire(timeout=SECS):
        return Done(problem=BUSY)
    try:
        child = _free.pop() if _free else _Child()
        try:
            said = child.ask(job)
        except _Gone:
            child.close()
            return Done(problem=_TOO_LONG.format(secs))
        except BaseException:
            child.close()
            raise
        _free.append(child)
    finally:
        _places.release()
    return msgspec.json.decode(said, type=Done)


@atexit.register
def close() -> None:
    """Ends the processes that wait for work; others start when needed."""
    while _free:
        _free.pop().close()
