"""Alerts: what was let through the cooldown, and on its way to people."""

from django.db import models


class AlertGate(models.Model):
    """When something was last told on a channel, and how often it was held back since."""

    fingerprint = models.CharField(max_length=80)
    channel = models.CharField(max_length=20)
    told_at = models.DateTimeField()
    suppressed = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint", "channel"], name="one_gate_a_fingerprint_and_channel"
            )
        ]

    def __str__(self) -> str:
        return f"{self.fingerprint} on {self.channel}"


class Alert(models.Model):
    """One message to one channel: the row first, then the sending, then the mark."""

    class Kind(models.TextChoices):
        FAILURES = "failures", "failures"
        RESOLVED = "resolved", "resolved"
        SELF_CHECK = "self_check", "self-check"

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENT = "sent", "sent"
        FAILED = "failed", "failed"

    # What a receiver can know a second delivery by.
    dedupe_key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    fingerprint = models.CharField(max_length=80, db_index=True)
    channel = models.CharField(max_length=20)
    subject = models.CharField(max_length=300)
    body = models.JSONField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    tries = models.PositiveIntegerField(default=0)
    problem = models.TextField(default="", help_text="Why the last try failed.")
    created = models.DateTimeField(auto_now_add=True)
    next_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created", "-id"]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(state="waiting"),
                name="alert_sender_finds_waiting",
            )
        ]

    def __str__(self) -> str:
        return self.subject
