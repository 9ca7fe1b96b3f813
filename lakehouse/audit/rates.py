"""How often findings stand on the code, and how often people find them worth acting on."""

from datetime import date
from typing import Any, NamedTuple

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from lakehouse.audit.models import AuditFile, Finding


class Rate(NamedTuple):
    """One day's audits by one provider and model. Shares are of 1; None where there is nothing."""

    day: date
    provider: str
    model: str
    claims: int
    grounded: int
    judged: int
    actionable: int

    @property
    def grounding_rate(self) -> float | None:
        return self.grounded / self.claims if self.claims else None

    @property
    def actionable_rate(self) -> float | None:
        """Of those that people judged."""
        return self.actionable / self.judged if self.judged else None


def rates(limit: int, most: int = 500) -> list[Rate]:
    """Of audits up to that label's rank, oldest day first; the newest so many.

    Claims that an earlier audit brought count there alone.
    """
    rows: Any = (
        Finding.objects.up_to(limit)
        .claims()
        .exclude(file__state=AuditFile.State.CACHED)
        .annotate(day=TruncDate("run__requested_at"))
        .values_list("day", "run__provider", "run__model")
        .annotate(
            claims=Count("pk"),
            grounded=Count("pk", filter=Q(grounding=Finding.Grounding.GROUNDED)),
            judged=Count("pk", filter=~Q(mark="")),
            acted_on=Count("pk", filter=Q(mark=Finding.Mark.ACTIONABLE)),
        )
        .order_by("-day", "run__provider", "run__model")
    )
    return [Rate(*row) for row in reversed(rows[:most])]
