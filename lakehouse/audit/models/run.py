"""One audit: what was asked of whom, by which person, and how far it is."""

import uuid
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Now

from lakehouse.audit.grounding import Grounding
from profiles.labelled import LabelledQuerySet, known_label, label_field


class State(models.TextChoices):
    PENDING = "pending", "pending"
    RUNNING = "running", "running"
    SUCCEEDED = "succeeded", "succeeded"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


OPEN = (State.PENDING, State.RUNNING)


class AuditRunQuerySet(LabelledQuerySet):
    def open(self) -> "AuditRunQuerySet":
        return self.filter(state__in=OPEN)

    def measured(self) -> "AuditRunQuerySet":
        """With `file_count`, `done_count`, `claims`, `grounded` and `actionable` of each."""
        claim = Q(findings__kind="claim")
        rows: AuditRunQuerySet = self.annotate(
            file_count=_count(self.model._meta.get_field("files").related_model, Q()),
            done_count=_count(
                self.model._meta.get_field("files").related_model, ~Q(state="waiting")
            ),
            claims=Count("findings", filter=claim),
            grounded=Count("findings", filter=claim & Q(findings__grounding=Grounding.GROUNDED)),
            actionable=Count("findings", filter=claim & Q(findings__mark="actionable")),
            marked=Count("findings", filter=claim & ~Q(findings__mark="")),
        )
        return rows


def _count(model: Any, which: Q) -> Any:
    """A subquery: two joins at once would count each file as often as there are findings."""
    rows = model.objects.filter(which, run=models.OuterRef("pk")).order_by()
    counted = rows.values("run").annotate(n=Count("pk")).values("n")
    return models.functions.Coalesce(models.Subquery(counted), 0)


class AuditRun(models.Model):
    """Costs are in US dollars. `model` is the provider's own name for it.

    `prompt_revision` is the house's prompt, with the profile that went with it.
    `uncovered` are `{"path", "why"}`.
    """

    State = State

    class Kind(models.TextChoices):
        RANGE = "range", "range"
        DIFF = "diff", "diff"
        PATHS = "paths", "paths"

    class Via(models.TextChoices):
        ADMIN = "admin", "admin"
        REST = "rest", "REST"
        COMMAND = "command", "command"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=5, choices=Kind)
    scope = models.CharField(max_length=500)
    revision = models.CharField(max_length=120, default="", help_text="Of the files; a commit.")
    provider = models.CharField(max_length=63)
    model = models.CharField(max_length=300)
    profile = models.CharField(max_length=80, default="", help_text="Execution, name@revision.")
    prompt_revision = models.CharField(max_length=100)
    label = label_field()
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    requested_by = models.CharField(max_length=150)
    requested_via = models.CharField(max_length=7, choices=Via)
    requested_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    runner = models.CharField(max_length=200, default="", help_text="Host and process.")
    runners = models.PositiveIntegerField(
        default=0, help_text="How many began since the last file was finished."
    )
    error = models.TextField(default="", help_text="Why it ended otherwise than well.")
    note = models.TextField(default="", help_text="What a reader should know besides.")
    uncovered = models.JSONField(default=list)

    objects: ClassVar[Any] = AuditRunQuerySet.as_manager()

    class Meta:
        verbose_name = "audit"
        ordering = ("-requested_at", "id")
        constraints = [
            known_label("audit_run"),
            models.CheckConstraint(
                condition=~Q(requested_by="") & Q(requested_via__in=("admin", "rest", "command")),
                name="an_audit_is_asked_for_by_a_person",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("pending", "running")) | Q(finished_at__isnull=False),
                name="an_ended_audit_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["-requested_at"], name="audit_list_newest_first"),
            models.Index(
                fields=["requested_at"],
                condition=Q(state__in=("pending", "running")),
                name="audit_takeover_finds_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.scope[:60]} by {self.provider}/{self.model}"

    @property
    def ended(self) -> bool:
        return self.state not in OPEN

    @property
    def cost(self) -> Decimal | None:
        """What its files cost together; None where nothing is known of any."""
        told = self.files.aggregate(cost=models.Sum("cost"))["cost"]
        return told if told is None else Decimal(told)

    @property
    def tokens(self) -> tuple[int, int]:
        """Sent and answered."""
        told = self.files.aggregate(
            sent=models.Sum("input_tokens"), got=models.Sum("output_tokens")
        )
        return told["sent"] or 0, told["got"] or 0

    def waiting(self) -> Any:
        return self.files.filter(state="waiting").order_by("position")

    def duration(self) -> str:
        """Like "12 s"; "" until it has ended."""
        if self.finished_at is None or self.started_at is None:
            return ""
        return f"{(self.finished_at - self.started_at).total_seconds():.0f} s"
