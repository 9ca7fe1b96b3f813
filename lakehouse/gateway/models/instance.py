"""One running gateway process; the reaper closes the calls of those that went silent."""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

SILENT_AFTER = timedelta(seconds=20)


class InstanceQuerySet(models.QuerySet["Instance"]):
    def alive(self) -> "InstanceQuerySet":
        """Heard of lately, by the database's clock, and not stopped."""
        return self.filter(stopped_at=None, seen_at__gt=Now() - SILENT_AFTER)


class Instance(models.Model):
    id = models.UUIDField(primary_key=True)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    stopped_at = models.DateTimeField(null=True)
    records_dropped = models.PositiveBigIntegerField(default=0)
    # What the process says of itself, for the observer's self-check: see observing/pulse.py.
    calls_ended = models.PositiveBigIntegerField(db_default=0)
    settled_at = models.DateTimeField(null=True)  # a call ended then: the ledger must have it
    behind_secs = models.FloatField(db_default=0.0)  # the longest that a record waited lately

    objects = InstanceQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"
