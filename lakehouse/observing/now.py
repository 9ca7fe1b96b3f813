"""The last minute, for someone who was just woken up: from the ledger, and from memory.

The ledger has the calls of every process on every machine, within a fifth of a second.
What the database has not taken yet is in the rings of the processes behind this port;
so is what they alone know: open calls, waiting records. A page is made of both.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker

from lakehouse.gateway.models import Call, Instance
from lakehouse.gateway.services import if_running
from lakehouse.observing.here import SHOWN, Standing

MINUTE = 60
SILENT_WORKER = timedelta(seconds=60)

# Found by their start, by its index: a call that took longer than eleven minutes is not counted.
_RECENT = """
FROM gateway_call
WHERE started_at > now() - interval '11 minutes' AND finished_at > now() - interval '60 seconds'
"""
SUMS = (
    """
SELECT count(*), count(*) FILTER (WHERE outcome IN ('failed', 'incomplete', 'shutdown')),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY total_ms) FILTER (WHERE outcome = 'complete'),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY total_ms) FILTER (WHERE outcome = 'complete')
"""
    + _RECENT
)
FAILURES = (
    """
SELECT provider, error_kind, count(*), max(status),
    (array_agg(id ORDER BY finished_at DESC))[1],
    left((array_agg(error_message ORDER BY finished_at DESC))[1], 300)
"""
    + _RECENT
    + """AND outcome IN ('failed', 'incomplete')
GROUP BY provider, error_kind ORDER BY count(*) DESC LIMIT 8
"""
)


class Minute(NamedTuple):
    """Calls that ended in the last minute. Times are milliseconds, of complete calls."""

    calls: int
    failed: int
    p50: float | None
    p95: float | None

    @property
    def per_second(self) -> float:
        return self.calls / MINUTE

    @property
    def error_share(self) -> float | None:
        """Percent; None when there were no calls."""
        return 100 * self.failed / self.calls if self.calls else None


class Failures(NamedTuple):
    """Equal failures of the last minute; `call` and `message` are the newest's."""

    provider: str
    error_kind: str
    times: int
    status: int | None
    call: UUID
    message: str

    @property
    def of_ours(self) -> bool:
        """Something is broken; else a client asked for what cannot be."""
        return self.status is None or self.status >= 500


class Jobs(NamedTuple):
    waiting: int
    failed: int
    worked: bool  # a worker was heard of lately


class Row(NamedTuple):
    """One of the newest calls, running or ended."""

    id: UUID
    at: datetime
    key: str
    provider: str
    model: str
    outcome: str
    status: int | None
    error_kind: str
    total_ms: float | None
    input_tokens: int
    output_tokens: int


def minute() -> Minute:
    with connection.cursor() as cursor:
        cursor.execute(SUMS)
        return Minute(*cursor.fetchone())


def failures() -> list[Failures]:
    """The most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(FAILURES)
        return [Failures(*row) for row in cursor.fetchall()]


def running_calls() -> int:
    """Of processes that are alive; those of a dead one are the reaper's to close."""
    alive = Instance.objects.alive().values("id")
    return Call.objects.filter(outcome=Call.Outcome.RUNNING, instance__in=alive).count()


def jobs() -> Jobs:
    now = timezone.now()
    counts = ProcrastinateJob.objects
    due = counts.filter(status="todo").exclude(scheduled_at__gt=now)
    heard = ProcrastinateWorker.objects.filter(last_heartbeat__gt=now - SILENT_WORKER)
    return Jobs(due.count(), counts.filter(status="failed").count(), heard.exists())


def processes() -> tuple[list[Standing], int]:
    """Those behind this port, as they tell of themselves, and how many did not answer."""
    services = if_running()
    if services is None:
        return [], 0
    told: tuple[list[Standing], int] = async_to_sync(services.observing.standings)()
    return told


def newest(standings: list[Standing]) -> list[Row]:
    """The newest calls of all processes, those last ended or begun first, each once."""
    rows = {row.id: row for row in _of_ledger()}
    for standing in standings:
        for entry in standing.newest:
            if (known := rows.get(entry.id)) is None or known.outcome == Call.Outcome.RUNNING:
                rows[entry.id] = Row(
                    entry.id,
                    entry.finished_at or entry.started_at,
                    *(entry.key, entry.provider, entry.model, entry.outcome, entry.status),
                    *(entry.error_kind, entry.total_ms, entry.input_tokens, entry.output_tokens),
                )
    return sorted(rows.values(), key=lambda row: row.at, reverse=True)[:SHOWN]


def _of_ledger() -> list[Row]:
    columns = ("id", "finished_at", "started_at", "api_key__label", *Row._fields[3:])
    found: Any = Call.objects.order_by("-started_at").values_list(*columns)[:SHOWN]
    return [Row(pk, ended or began, label or "", *rest) for pk, ended, began, label, *rest in found]
