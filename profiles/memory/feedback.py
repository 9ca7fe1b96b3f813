"""What people said of a call: one word, on what served it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from profiles.memory.playbook import Playbook


class Feedback(models.Model):
    """One a call; said again with another verdict, it replaces the first."""

    class Verdict(models.TextChoices):
        HELPFUL = "helpful", "helpful"
        HARMFUL = "harmful", "harmful"

    call_id = models.UUIDField(unique=True)
    key_id = models.BigIntegerField()
    verdict = models.CharField(max_length=7, choices=Verdict)
    note = models.TextField(default="")
    playbooks = models.ManyToManyField(Playbook, related_name="feedback")
    documents = ArrayField(models.UUIDField(), default=list)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-updated", "-id"]
        verbose_name_plural = "feedback"

    def __str__(self) -> str:
        return f"{self.call_id}: {self.verdict}"
