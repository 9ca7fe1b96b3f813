"""From which date on a document is stale: the live memory profile says."""

from datetime import date, timedelta

from django.utils import timezone

from profiles.memory.model import MemoryProfile

FIELD = "doc_staleness_days"


def days() -> int:
    """As calls go by it; the default while no memory profile is live."""
    live: MemoryProfile | None = MemoryProfile.objects.live().first()
    default = MemoryProfile().doc_staleness_days
    found: int = live.activated_values.get(FIELD, default) if live else default
    return found


def oldest_fresh() -> date:
    """A document dated before it is stale; one without a date never is."""
    return timezone.now().date() - timedelta(days=days())
