"""A log line for each call that ended, without what was said in it.

Python's logging takes 80 µs an event, a tenth of what a call costs; so these lines are
made here, many at once and off the line. They are written with LAKEHOUSE_LOG=json.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Iterable
from functools import cache

import msgspec

from lakehouse.gateway.recorder import CallRow, Finished
from lakehouse.gateway.seen import Seen
from lakehouse.server import logs
from providers.redact import redact

logger = logging.getLogger(logs.CALLS)

EVERY_SECS = 0.1
CAPACITY = 10_000


class Line(msgspec.Struct):
    """As `LineFormatter` writes an event. `ms` is the whole call's time in milliseconds."""

    time: str
    request_id: str
    key: str
    operation: str
    provider: str
    model: str
    profile: str
    outcome: str
    status: int | None
    error_kind: str
    attempts: int
    ms: float | None
    first_token_ms: float | None
    input_tokens: int
    output_tokens: int
    level: str = "info"
    logger: str = logs.CALLS
    message: str = "call ended"


class CallLog:
    """Bounded: when nobody reads the log, the oldest lines are lost, and counted."""

    def __init__(self) -> None:
        self.dropped = 0
        self._on = logger.isEnabledFor(logging.INFO)
        self._waiting: deque[tuple[str, CallRow]] = deque()

    def seen(self, call: Seen) -> None:
        if self._on:
            if len(self._waiting) >= CAPACITY:
                self._waiting.popleft()
                self.dropped += 1
            self._waiting.append((call.principal.label, call.finished.row))

    def written(self, calls: list[Finished]) -> None:
        """The ledger has the cost; a line says what was known at the call's end."""

    async def run(self) -> None:
        """Writes for ever, in a thread: whoever reads the log may be slow."""
        while True:
            await asyncio.sleep(EVERY_SECS)
            await self.flush()

    async def flush(self) -> None:
        batch, self._waiting = self._waiting, deque()
        if batch:
            await asyncio.to_thread(_write, batch)


def _write(batch: Iterable[tuple[str, CallRow]]) -> None:
    """Redacting is the dear part, and a batch has the same few names in it again and again."""
    without_secrets = cache(redact)
    logs.write("".join(line(label, row, without_secrets) for label, row in batch))


def line(label: str, row: CallRow, without_secrets: Callable[[str], str] = redact) -> str:
    """The event, with its line break."""
    assert row.finished_at is not None
    event = Line(
        row.finished_at.isoformat(timespec="milliseconds"),
        str(row.id),
        without_secrets(label),
        row.operation,
        row.provider,
        without_secrets(row.model),
        row.profile,
        row.outcome,
        row.status,
        row.error_kind,
        row.attempts_made,
        row.total_ms,
        row.first_token_ms,
        row.input_tokens,
        row.output_tokens,
    )
    text = msgspec.json.encode(event).decode()
    if not text.isascii():  # where a break may hide that JSON allows
        text = json.dumps(json.loads(text))
    return f"{text}\n"
