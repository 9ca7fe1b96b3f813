"""Writing the ledger off the line: batched, bounded, and finished whatever happens.

A call is written when it ends, or as `running` when it outlives one flush, so that a
killed process leaves a row for the reaper. Rows go as one JSON parameter a table:
PostgreSQL reads it, which costs this process a tenth of what an ORM insert does.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import DataError, IntegrityError, connection, transaction

from lakehouse.gateway import prices

logger = logging.getLogger(__name__)

FLUSH_SECS = 0.05
BEAT_SECS = 5.0
CAPACITY = 20_000
STOP_SECS = 5.0


class Measures(msgspec.Struct, kw_only=True):
    """Columns that a call and an attempt share; see models.call.Measured for units."""

    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cost: str | None = None
    queue_ms: float | None = None
    first_token_ms: float | None = None
    total_ms: float | None = None
    error_kind: str = ""
    error_message: str = ""


class AttemptRow(Measures, kw_only=True):
    call_id: UUID
    number: int
    provider: str
    model: str
    started_at: datetime
    outcome: str = "running"
    status: int | None = None
    accepted: bool = True
    upstream_id: str = ""


class CallRow(Measures, kw_only=True):
    id: UUID
    operation: str
    api_key_id: int | None
    instance: UUID
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str = "running"
    status: int | None = None
    stream: bool = False
    model_asked: str = ""
    provider: str = ""
    model: str = ""
    revisions: dict[str, str] = {}
    ladder: str = ""
    documents: list[dict[str, Any]] = []
    playbooks: list[dict[str, Any]] = []
    session: str = ""
    label: str = ""
    profile: str = ""
    trace_id: str = ""
    rules: list[dict[str, Any]] = []
    invalid: list[dict[str, Any]] = []
    task_class: str = ""
    attempts_made: int = 0
    finish_reason: str = ""
    dropped: list[str] = []
    request_body: Any = None
    answer_text: str | None = None


class Bill(msgspec.Struct):
    """What the price of one try depends on besides its row."""

    base_url: str = ""
    native: Any = None


class Finished(msgspec.Struct):
    """A call that ended (or runs on), its tries, and a bill for each of them."""

    row: CallRow
    attempts: list[AttemptRow]
    bills: list[Bill] = []


def _insert(table: str, shape: type, conflict: str) -> str:
    columns = ", ".join(shape.__struct_fields__)  # type: ignore[attr-defined]
    return (
        f"INSERT INTO {table} ({columns}) SELECT {columns} "  # noqa: S608 - names of our own structs
        f"FROM json_populate_recordset(NULL::{table}, %s::json) {conflict}"
    )


_UPDATES = ", ".join(f"{c} = EXCLUDED.{c}" for c in CallRow.__struct_fields__ if c != "id")
INSERT_CALLS = _insert(
    "gateway_call",
    CallRow,
    f"ON CONFLICT (id) DO UPDATE SET {_UPDATES} "
    "WHERE gateway_call.outcome = 'running' OR gateway_call.error_kind = 'process_died'",
)
INSERT_ATTEMPTS = _insert("gateway_attempt", AttemptRow, "ON CONFLICT (call_id, number) DO NOTHING")
BEAT = """
INSERT INTO gateway_instance (id, host, pid, records_dropped) VALUES (%s, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET seen_at = now(), records_dropped = EXCLUDED.records_dropped
"""
_encode = msgspec.json.Encoder(decimal_format="string").encode


class Recorder:
    """`finished` and `began` are plain appends: they cannot fail a call or wait for anything."""

    def __init__(
        self,
        instance: UUID,
        host: str,
        pid: int,
        capacity: int = CAPACITY,
        written: Callable[[list[Finished]], None] | None = None,
    ) -> None:
        self.instance = instance
        self.dropped = 0
        self.healthy = True
        self.host = host
        self.pid = pid
        self._capacity = capacity
        self._told_written = written
        self._finished: deque[Finished] = deque()
        self._open: dict[UUID, CallRow] = {}
        self._shown: set[UUID] = set()
        self._beat_at = 0.0

    def began(self, row: CallRow) -> None:
        self._open[row.id] = row

    def finished(self, call: Finished) -> None:
        self._open.pop(call.row.id, None)
        if len(self._finished) >= self._capacity:
            self._finished.popleft()
            self.dropped += 1
        self._finished.append(call)

    @property
    def waiting(self) -> int:
        return len(self._finished)

    @property
    def oldest_secs(self) -> float:
        """How long the oldest record has waited for the database."""
        ended = self._finished[0].row.finished_at if self._finished else None
        return 0.0 if ended is None else max(0.0, (now() - ended).total_seconds())

    async def run(self) -> None:
        """Flushes for ever; backs off while the database is away."""
        backoff = FLUSH_SECS
        while True:
            await asyncio.sleep(backoff)
            backoff = FLUSH_SECS if await self.flush() else min(backoff * 2, 1.0)

    async def stop(self) -> None:
        """The last flush, within STOP_SECS; what cannot be written by then is counted and said."""
        try:
            async with asyncio.timeout(STOP_SECS):
                await self._flush_all()
                await asyncio.to_thread(_goodbye, self.instance)
        except Exception as error:
            logger.error("%d call records were lost at shutdown: %r", self.waiting, error)

    async def _flush_all(self) -> None:
        while self._finished:
            if not await self.flush():
                await asyncio.sleep(FLUSH_SECS)

    async def flush(self) -> bool:
        """Writes what there is. False when the database did not take it; nothing is lost then."""
        batch = [self._finished.popleft() for _ in range(min(len(self._finished), 2000))]
        running = [row for key, row in self._open.items() if key not in self._shown]
        beat = time.monotonic() - self._beat_at > BEAT_SECS
        if not batch and not running and not beat:
            return True
        done = {item.row.id for item in batch}
        # One that is just ending says so already, but its tries are not handed over yet.
        running = [row for row in running if row.id not in done and row.outcome == "running"]
        snapshot = [Finished(msgspec.structs.replace(row), []) for row in running]
        try:
            await asyncio.to_thread(self._write, [*batch, *snapshot], beat)
        except asyncio.CancelledError:
            # The thread goes on, and may fail; what is written twice is there once.
            self._keep(batch)
            raise
        except Exception as error:
            self._keep(batch)
            if self.healthy:
                logger.warning("call records wait, the database did not take them: %s", error)
            self.healthy = False
            return False
        self.healthy = True
        if batch and self._told_written is not None:
            self._told_written(batch)
        self._shown = {k for k in self._shown if k in self._open} | {row.id for row in running}
        if beat:
            self._beat_at = time.monotonic()
        return True

    def _keep(self, batch: list[Finished]) -> None:
        self._finished.extendleft(reversed(batch))
        while len(self._finished) > self._capacity:
            self._finished.popleft()
            self.dropped += 1

    def _write(self, batch: list[Finished], beat: bool) -> None:
        for item in batch:
            prices.fill(item)
        try:
            self._save(batch)
            if beat:
                with connection.cursor() as cursor:
                    cursor.execute(BEAT, [self.instance, self.host, self.pid, self.dropped])
        finally:
            connection.close()

    def _save(self, batch: list[Finished]) -> None:
        """All of them, but for a record that no table can hold: that one must not stop the rest."""
        try:
            _insert_all(batch)
        except (DataError, IntegrityError, ValueError) as error:
            half = len(batch) // 2
            if half:
                self._save(batch[:half])
                self._save(batch[half:])
                return
            self.dropped += 1
            lost = batch[0].row.id
            logger.error(
                "the record of call %s cannot be stored: %s",
                lost,
                error,
                extra={"request_id": str(lost)},
            )


def _insert_all(batch: list[Finished]) -> None:
    rows = [item.row for item in batch]
    attempts = [attempt for item in batch for attempt in item.attempts]
    with transaction.atomic(), connection.cursor() as cursor:
        if rows:
            cursor.execute(INSERT_CALLS, [_encode(rows).decode()])
        if attempts:
            cursor.execute(INSERT_ATTEMPTS, [_encode(attempts).decode()])


def _goodbye(instance: UUID) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE gateway_instance SET stopped_at = now() WHERE id = %s", [instance]
            )
    finally:
        connection.close()


def now() -> datetime:
    return datetime.now(UTC)
