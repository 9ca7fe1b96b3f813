"""Closing the calls of processes that died, and forgetting what is old."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from lakehouse.gateway.models import Call, Instance

BATCH = 5000


def close_dead_calls() -> int:
    """Ends as `incomplete` every running call whose process is no longer heard; how many."""
    alive = Instance.objects.alive().values("id")
    dead = Call.objects.filter(outcome=Call.Outcome.RUNNING).exclude(instance__in=alive)
    return dead.update(
        outcome=Call.Outcome.INCOMPLETE,
        finished_at=Now(),
        error_kind="process_died",
        error_message="The gateway process that served this call died before it ended.",
    )


def forget_old_calls() -> int:
    """Deletes calls older than LAKEHOUSE_KEEP_CALLS_DAYS, in batches; how many."""
    days = settings.LAKEHOUSE_KEEP_CALLS_DAYS
    if not days:
        return 0
    total = 0
    while True:
        with transaction.atomic():
            old = Call.objects.filter(started_at__lt=Now() - timedelta(days=days))
            ids = list(old.order_by("started_at").values_list("id", flat=True)[:BATCH])
            Call.objects.filter(id__in=ids).delete()
        total += len(ids)
        if len(ids) < BATCH:
            return total


def forget_old_instances() -> int:
    """Deletes processes not heard of for a day that have no running calls; how many."""
    old = Instance.objects.filter(seen_at__lt=Now() - timedelta(days=1))
    return old.delete()[0]
