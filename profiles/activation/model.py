"""An activation's record, and the row that all activations of one kind take turns on."""

import uuid
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from profiles.kinds import Kind


class State(models.TextChoices):
    PENDING = "pending", "pending"
    RUNNING = "running", "running"
    SUCCEEDED = "succeeded", "succeeded"
    FAILED = "failed", "failed"
    SUPERSEDED = "superseded", "superseded"
    CANCELLED = "cancelled", "cancelled"


OPEN = (State.PENDING, State.RUNNING)


class Anchor(models.Model):
    """One row a kind. Whoever moves what is live locks it first; `newest` is the last who did."""

    kind = models.CharField(max_length=10, primary_key=True, choices=Kind.choices)
    newest = models.BigIntegerField(
        default=0, help_text="The number of the newest activation that went live."
    )

    def __str__(self) -> str:
        return self.kind


class ActivationQuerySet(models.QuerySet["Activation"]):
    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def of(self, kind: str, profile: str) -> Self:
        """Of the profile of that name, newest first."""
        return self.filter(kind=kind, profile=profile).order_by("-number")

    def abandoned(self) -> Self:
        """Running under a lease that ran out, by the database's clock."""
        return self.filter(state=State.RUNNING, lease_until__lt=Now())


class Activation(models.Model):
    """`number` orders the requests. `token` is the fence: it grows with every runner.

    `steps` are `profiles.activation.record.Step`s. `before` is the profile and revision
    that were live until this one was.
    """

    State = State

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.BigIntegerField(unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    profile = models.CharField(max_length=63)
    revision = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    requested_by = models.CharField(max_length=150)
    requested_via = models.CharField(max_length=10)
    requested_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    flip_ms = models.FloatField(
        null=True, help_text="Milliseconds that the flip took, its locks included."
    )
    runner = models.CharField(max_length=200, default="", help_text="Host and process.")
    token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    steps = models.JSONField(default=list)
    error = models.TextField(default="", help_text="Why it ended otherwise than well.")
    before_profile = models.CharField(max_length=63, default="")
    before_revision = models.PositiveIntegerField(null=True)
    rollback_to = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The earlier activation whose outcome this one brings back.",
    )

    objects: ClassVar[Any] = ActivationQuerySet.as_manager()

    class Meta:
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "profile"],
                condition=Q(state__in=("pending", "running")),
                name="one_open_activation_a_profile",
            ),
            models.CheckConstraint(
                condition=~Q(state="running")
                | Q(lease_until__isnull=False, started_at__isnull=False),
                name="a_running_activation_holds_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("pending", "running")) | Q(finished_at__isnull=False),
                name="an_ended_activation_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "-number"], name="activation_history_of_one_kind"),
            models.Index(
                fields=["lease_until"],
                condition=Q(state="running"),
                name="activation_takeover_finds_old",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.profile}@{self.revision} {self.state}"

    @property
    def ended(self) -> bool:
        return self.state not in OPEN
