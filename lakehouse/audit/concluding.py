"""The end of an audit: duplicates become one, it says how it ended, and its report is written."""

import logging
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from lakehouse.audit import reporting
from lakehouse.audit.merging import merged
from lakehouse.audit.models import AuditRun, Finding

logger = logging.getLogger(__name__)


def conclude(run: AuditRun, state: str, error: str = "") -> None:
    """Nothing for one that was cancelled meanwhile."""
    with transaction.atomic():
        rows = AuditRun.objects.filter(pk=run.pk, state=AuditRun.State.RUNNING)
        if not rows.update(state=state, error=error, finished_at=Now(), runners=0):
            return
        merge(run)
    run.refresh_from_db()
    try:
        write(run, Path(settings.REPORTS_DIR))
    except OSError as trouble:
        logger.warning("audit %s: its report was not written: %s", run.pk, trouble)
        told = f"Its report could not be written ({trouble.strerror}); it is in the admin."
        AuditRun.objects.filter(pk=run.pk).update(note=f"{run.note} {told}".strip())


def merge(run: AuditRun) -> None:
    """Of findings that say the same of the same place, one stays and counts the others."""
    for keep, *others in merged(list(run.findings.filter(kind=Finding.Kind.CLAIM))):
        if others:
            keep.times += sum(other.times for other in others)
            keep.suggestion = keep.suggestion or next(
                filter(None, (o.suggestion for o in others)), ""
            )
            keep.save(update_fields=["times", "suggestion"])
            Finding.objects.filter(pk__in=[other.pk for other in others]).delete()


def write(run: AuditRun, folder: Path) -> Path:
    """The report's file, written whole or not at all. Raises OSError."""
    return reporting.write(folder, reporting.name(run), reporting.report(run))
