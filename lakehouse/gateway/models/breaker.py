"""A breaker that is not closed, as one gateway process last told of it."""

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from lakehouse.gateway.models.instance import Instance


class BreakerQuerySet(models.QuerySet["Breaker"]):
    def current(self) -> Self:
        """Of processes that are alive."""
        return self.filter(instance__in=Instance.objects.alive()).select_related("instance")


class Breaker(models.Model):
    """Each process has its own; a row is there while it is open or half-open."""

    # No constraint: a process may tell of a breaker before its own first beat.
    instance = models.ForeignKey(
        Instance, on_delete=models.CASCADE, db_constraint=False, related_name="breakers"
    )
    provider = models.CharField(max_length=63)
    failures = models.PositiveIntegerField(help_text="In a row.")
    until = models.DateTimeField(help_text="When the next call may try it.")
    reason = models.TextField(help_text="The last failure.")
    changed_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[BreakerQuerySet] = BreakerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("provider", "instance")
        constraints = [
            models.UniqueConstraint(
                fields=["instance", "provider"], name="one_breaker_a_process_and_provider"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.state}"

    @property
    def secs(self) -> float:
        """Seconds until a call may try it; 0 when one may now."""
        return max(0.0, (self.until - timezone.now()).total_seconds())

    @property
    def state(self) -> str:
        return "open" if self.secs else "half_open"
