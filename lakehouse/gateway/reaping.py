"""Closing the calls of processes that died, and forgetting the processes."""

from datetime import timedelta

from django.db.models.functions import Now

from lakehouse.gateway.models import Call, Instance


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


def forget_old_instances() -> int:
    """Deletes processes not heard of for a day that have no running calls; how many."""
    old = Instance.objects.filter(seen_at__lt=Now() - timedelta(days=1))
    return old.delete()[0]
