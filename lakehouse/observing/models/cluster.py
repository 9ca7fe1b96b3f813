"""Failures that are the same one."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Cluster(models.Model):
    """All failed calls of one fingerprint. `samples` are ids of calls, the newest first."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        ACKNOWLEDGED = "acknowledged", "acknowledged"
        RESOLVED = "resolved", "resolved"

    fingerprint = models.CharField(
        max_length=40, primary_key=True, help_text="Begins with its algorithm's version."
    )
    provider = models.CharField(max_length=63)
    model = models.CharField(max_length=300)
    error_kind = models.CharField(max_length=40)
    message = models.CharField(max_length=500, help_text="Without numbers, ids, paths, secrets.")
    revision = models.CharField(max_length=80, help_text="Of the execution profile.")
    count = models.PositiveBigIntegerField(default=0)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    samples = ArrayField(models.UUIDField(), default=list)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    state_by = models.CharField(max_length=150, default="", help_text="Empty: Lakehouse itself.")
    state_at = models.DateTimeField(auto_now_add=True)
    note = models.TextField(default="", blank=True)

    class Meta:
        ordering = ["-last_seen"]
        indexes = [models.Index(fields=["state", "-last_seen"], name="cluster_list_by_state")]

    def __str__(self) -> str:
        return f"{self.provider}/{self.model} {self.error_kind}: {self.message[:80]}"
