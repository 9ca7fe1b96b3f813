"""One file of an audit: its text until it was asked about, and what that brought and cost."""

from typing import Any

import msgspec
from django.db import models

from lakehouse.audit.claims import Claim
from lakehouse.audit.models.run import AuditRun
from lakehouse.audit.source import Source


class FileState(models.TextChoices):
    WAITING = "waiting", "waiting"
    DONE = "done", "audited"
    CACHED = "cached", "from an earlier audit"
    FAILED = "failed", "not audited"


class AuditFile(models.Model):
    """`source` is a `lakehouse.audit.source.Source`, null once its text was dropped.

    `claims` is what the model said, as it said it: a later audit of the same content
    grounds it anew.
    """

    State = FileState

    run = models.ForeignKey(AuditRun, on_delete=models.CASCADE, related_name="files")
    position = models.PositiveIntegerField()
    path = models.CharField(max_length=1000)
    source = models.JSONField(null=True)
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of all that is shown of it.")
    line_count = models.PositiveIntegerField()
    state = models.CharField(max_length=7, choices=FileState, default=FileState.WAITING)
    claims = models.JSONField(null=True)
    asks = models.PositiveIntegerField(default=0, help_text="Requests that were sent for it.")
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=16, decimal_places=10, null=True)
    note = models.TextField(default="")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "audited file"
        ordering = ("run", "position")
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="one_file_a_place_of_an_audit")
        ]
        indexes = [
            models.Index(
                fields=["content_hash"],
                condition=models.Q(state="done"),
                name="audit_cache_finds_content",
            )
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def text(self) -> Source | None:
        """None once it was dropped."""
        return None if self.source is None else msgspec.convert(self.source, Source)

    @property
    def claimed(self) -> list[Claim]:
        found: Any = msgspec.convert(self.claims or [], list[Claim])
        return list(found)
