"""The background job of one audit: put into the queue within the caller's transaction."""

from collections.abc import Iterable

from lakehouse.audit.models import AuditRun
from profiles import queueing

TASK = "lakehouse.audit.run"


def put(run: AuditRun) -> bool:
    """Puts its job into the queue; False where one waits there already."""
    return queueing.put(TASK, _name(run), {"audit": str(run.pk)})


def without(runs: Iterable[AuditRun]) -> list[AuditRun]:
    """Those of them that no job waits for."""
    asked = {_name(run): run for run in runs}
    found = queueing.waiting(asked.keys())
    return [run for name, run in asked.items() if name not in found]


def _name(run: AuditRun) -> str:
    return f"audit {run.pk}"
