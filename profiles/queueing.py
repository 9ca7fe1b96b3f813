"""Jobs put into the queue within the caller's transaction, one of a name at a time."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import DEFAULT_QUEUE, Job
from procrastinate.manager import JobManager
from procrastinate.types import JSONValue


def put(
    task: str, name: str, values: Mapping[str, JSONValue], scheduled_at: datetime | None = None
) -> bool:
    """Puts a job into the queue; False where one of this name waits there already.

    Not by the app's own connector: within a worker that one has connections of its own, and
    a job must be gone when the transaction that made it is rolled back.
    """
    job = Job(
        queue=DEFAULT_QUEUE,
        lock=None,
        queueing_lock=name,
        task_name=task,
        task_kwargs=dict(values),
        scheduled_at=scheduled_at,
    )
    try:
        with transaction.atomic():
            JobManager(DjangoConnector()).defer_job(job)
    except AlreadyEnqueued:
        return False
    return True


def waiting(names: Collection[str]) -> set[str]:
    """Those of the names that a job waits under."""
    jobs = ProcrastinateJob.objects.filter(status="todo", queueing_lock__in=names)
    return set(jobs.values_list("queueing_lock", flat=True))
