"""What people do with an audit besides asking for it: cancel it, and have it go on."""

from django.db import transaction
from django.db.models.functions import Now

from lakehouse.audit import job
from lakehouse.audit.models import AuditFile, AuditRun, Finding

State = AuditRun.State


class NotPossible(Exception):
    """The audit is not in a state for it; the text says which, and what to do."""


def cancel(run: AuditRun, *, who: str) -> AuditRun:
    """Its runner stops within a second or two, mid-answer; what was found stays.

    Raises NotPossible.
    """
    rows = AuditRun.objects.open().filter(pk=run.pk)
    if not rows.update(state=State.CANCELLED, error=f"{who} cancelled it.", finished_at=Now()):
        run.refresh_from_db()
        raise NotPossible(f"The audit cannot be cancelled: it has ended, as {run.state}.")
    run.refresh_from_db()
    return run


def resume(run: AuditRun, *, who: str, queue: bool = True) -> AuditRun:
    """Goes on with what was not asked, or failed; what is done is not asked again.

    Raises NotPossible.
    """
    with transaction.atomic():
        row: AuditRun = AuditRun.objects.select_for_update().get(pk=run.pk)
        if row.ended:
            _open_again(row, who)
        if queue:
            job.put(row)
    return row


def _open_again(row: AuditRun, who: str) -> None:
    again = row.files.filter(state__in=(AuditFile.State.WAITING, AuditFile.State.FAILED))
    if not again.exists():
        raise NotPossible("Every file of it was audited: there is nothing left to ask.")
    if row.files.filter(source=None).exists():
        raise NotPossible("Its texts are not kept any more. Ask for a new audit.")
    Finding.objects.filter(file__in=again, mark="").delete()
    again.update(state=AuditFile.State.WAITING, note="", finished_at=None)
    row.state, row.error, row.finished_at, row.runners = State.PENDING, "", None, 0
    row.note = " ".join(filter(None, (row.note, f"{who} had it go on.")))
    row.save(update_fields=["state", "error", "finished_at", "runners", "note"])
