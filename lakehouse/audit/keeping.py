"""Audits over time: those that a dead runner left go on, and texts are not kept for ever."""

from datetime import timedelta

from django.db.models.functions import Now

from lakehouse.audit import job
from lakehouse.audit.models import AuditFile, AuditRun
from profiles.retrieval.claiming import alone, number_of

IDLE_SECS = 10  # a shell that asked for one begins at once, a job nearly so
KEEP_TEXTS_DAYS = 14


def look_after() -> int:
    """Puts a job into the queue for each open audit that nobody works at; how many."""
    open_ones = AuditRun.objects.open().filter(
        requested_at__lt=Now() - timedelta(seconds=IDLE_SECS)
    )
    return sum(_put(run) for run in job.without(open_ones))


def forget_texts() -> int:
    """Drops the texts of what ended long ago; its findings keep the lines they are about."""
    rows = AuditFile.objects.filter(
        source__isnull=False, run__finished_at__lt=Now() - timedelta(days=KEEP_TEXTS_DAYS)
    )
    return rows.update(source=None)


def _put(run: AuditRun) -> int:
    with alone(number_of(run.pk)) as idle:
        return int(idle and job.put(run))
