"""The background job of one activation: put into the queue within the caller's transaction."""

from collections.abc import Iterable

from django.db import transaction
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import DEFAULT_QUEUE, Job
from procrastinate.manager import JobManager

from profiles.activation.model import Activation

TASK = "profiles.activation.run"


def put(activation: Activation) -> bool:
    """Puts its job into the queue; False where one waits there already."""
    job = Job(
        queue=DEFAULT_QUEUE,
        lock=None,
        queueing_lock=_name(activation),
        task_name=TASK,
        task_kwargs={"activation": str(activation.pk)},
    )
    # Not by the app's own connector: within a worker that one has connections of its own,
    # and a job must be gone when the transaction that made it is rolled back.
    try:
        with transaction.atomic():
            JobManager(DjangoConnector()).defer_job(job)
    except AlreadyEnqueued:
        return False
    return True


def without(activations: Iterable[Activation]) -> list[Activation]:
    """Those of them that no job waits for."""
    asked = {_name(activation): activation for activation in activations}
    waiting = ProcrastinateJob.objects.filter(status="todo", queueing_lock__in=asked)
    found = set(waiting.values_list("queueing_lock", flat=True))
    return [activation for name, activation in asked.items() if name not in found]


def _name(activation: Activation) -> str:
    return f"activation {activation.pk}"
