"""The background job of one audit: put into the queue within the caller's transaction."""

from collections.abc import Iterable

from django.db import transaction
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import DEFAULT_QUEUE, Job
from procrastinate.manager import JobManager

from lakehouse.audit.models import AuditRun

TASK = "lakehouse.audit.run"


def put(run: AuditRun) -> bool:
    """Puts its job into the queue; False where one waits there already."""
    job = Job(
        queue=DEFAULT_QUEUE,
        lock=None,
        queueing_lock=_name(run),
        task_name=TASK,
        task_kwargs={"audit": str(run.pk)},
    )
    # Not by the app's own connector: see profiles.activation.job.
    try:
        with transaction.atomic():
            JobManager(DjangoConnector()).defer_job(job)
    except AlreadyEnqueued:
        return False
    return True


def without(runs: Iterable[AuditRun]) -> list[AuditRun]:
    """Those of them that no job waits for."""
    asked = {_name(run): run for run in runs}
    waiting = ProcrastinateJob.objects.filter(status="todo", queueing_lock__in=asked)
    found = set(waiting.values_list("queueing_lock", flat=True))
    return [run for name, run in asked.items() if name not in found]


def _name(run: AuditRun) -> str:
    return f"audit {run.pk}"
