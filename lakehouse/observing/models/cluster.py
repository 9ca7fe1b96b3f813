"""Failures that are the same one."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from profiles.observer import fingerprint


class ClusterQuerySet(models.QuerySet["Cluster"]):
    def open_first(self) -> "ClusterQuerySet":
        """As an operator reads them: what nobody has seen yet, then what is being worked on."""
        places = {"open": 0, "acknowledged": 1}
        whens = [models.When(state=state, then=place) for state, place in places.items()]
        place = models.Case(*whens, default=2, output_field=models.IntegerField())
        return self.annotate(place=place).order_by("place", "-last_seen")

    def unresolved(self) -> "ClusterQuerySet":
        return self.exclude(state=Cluster.State.RESOLVED)

    def quiet_for(self, time: timedelta) -> "ClusterQuerySet":
        """Unresolved ones without an event for so long, by the database's clock, nor one of a
        person's: who reopens it says that it is not over."""
        moved = ~models.Q(state_by="") & models.Q(state_at__gte=Now() - time)
        return self.unresolved().filter(last_seen__lt=Now() - time).exclude(moved)

    def forget_resolved(self, most: int) -> int:
        """Deletes so many resolved ones, those that were seen longest ago; how many there were."""
        old = self.filter(state=Cluster.State.RESOLVED).order_by("last_seen", "pk")
        return self.filter(pk__in=list(old.values_list("pk", flat=True)[:most])).delete()[0]


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

    objects = ClusterQuerySet.as_manager()

    class Meta:
        ordering = ["-last_seen"]
        indexes = [models.Index(fields=["state", "-last_seen"], name="cluster_list_by_state")]

    def __str__(self) -> str:
        return f"{self.who} {self.error_kind}: {self.message[:80]}"

    @property
    def who(self) -> str:
        """Provider and model, as far as the calls came."""
        return "/".join(filter(None, (self.provider, self.model))) or "the gateway"

    @property
    def alerts(self) -> bool:
        """Whether it is news for an operator: not of the clients' own making."""
        return fingerprint.alerts(self.pk)

    def enter(self, state: str, who: str = "", note: str = "") -> None:
        """Saves a state, with who and when; an empty note leaves the one that is there."""
        self.state, self.state_by, self.note = state, who, note or self.note
        Cluster.objects.filter(pk=self.pk).update(
            state=state, state_by=who, state_at=Now(), note=self.note
        )
        self.refresh_from_db(fields=["state_at"])
