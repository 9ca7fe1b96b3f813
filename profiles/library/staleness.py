"""From which date on a document is stale: the live memory profile says."""

from datetime import date, timedelta

from django.utils import timezone

from profiles.memory.staleness import days

__all__ = ["days", "oldest_fresh"]


def oldest_fresh() -> date:
    """A document dated before it is stale; one without a date never is."""
    return timezone.now().date() - timedelta(days=days())
