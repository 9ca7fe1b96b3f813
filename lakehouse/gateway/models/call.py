"""The ledger: one row a call, one row a try at a provider within it."""

import uuid

from django.db import models
from django.utils import timezone

from lakehouse.gateway.models.api_key import ApiKey


class Outcome(models.TextChoices):
    RUNNING = "running", "running"
    COMPLETE = "complete", "complete"
    FAILED = "failed", "failed"
    CLIENT_CLOSED = "client_closed", "client closed"
    INCOMPLETE = "incomplete", "incomplete"
    SHUTDOWN = "shutdown", "shutdown"
    SKIPPED = "skipped", "skipped"  # a try that was not made


# The ways to end that are our or a provider's fault: a client that left is neither.
BROKEN = (Outcome.FAILED, Outcome.INCOMPLETE, Outcome.SHUTDOWN)
SLOW_MS = 10_000


class Measured(models.Model):
    """Tokens as Usage defines them, cost in US dollars, times in milliseconds.

    Tokens are an estimate where the provider did not tell them, as of a stream that was cut
    (`limits/tokens.py`), and so is the cost then.
    """

    input_tokens = models.PositiveIntegerField(default=0)
    cached_tokens = models.PositiveIntegerField(default=0)
    cache_write_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    reasoning_tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=16, decimal_places=10, null=True)
    queue_ms = models.FloatField(null=True)
    first_token_ms = models.FloatField(null=True)
    total_ms = models.FloatField(null=True)
    error_kind = models.CharField(max_length=40, default="")
    error_message = models.TextField(default="")

    class Meta:
        abstract = True


class CallQuerySet(models.QuerySet["Call"]):
    """Each is asked so that a partial index of Call's answers it."""

    def broken(self) -> "CallQuerySet":
        return self.filter(outcome__in=BROKEN)

    def slow(self) -> "CallQuerySet":
        return self.filter(total_ms__gt=SLOW_MS)

    def running(self) -> "CallQuerySet":
        return self.filter(outcome=Outcome.RUNNING)

    def today(self) -> "CallQuerySet":
        """Begun today, by UTC."""
        now = timezone.now()
        return self.filter(started_at__gte=now.replace(hour=0, minute=0, second=0, microsecond=0))

    def not_complete(self) -> "CallQuerySet":
        return self.exclude(outcome=Outcome.COMPLETE)


class Call(Measured):
    """`provider` and `model` are those that served it; "" when none did."""

    Outcome = Outcome

    class Operation(models.TextChoices):
        CHAT = "chat", "chat"
        EMBEDDINGS = "embeddings", "embeddings"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operation = models.CharField(max_length=20, choices=Operation.choices)
    # No constraint: a batch of calls must not fail because a key was deleted meanwhile.
    api_key = models.ForeignKey(
        ApiKey, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="calls"
    )
    instance = models.UUIDField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    status = models.PositiveSmallIntegerField(null=True)
    stream = models.BooleanField(default=False)
    model_asked = models.CharField(max_length=300, default="")
    provider = models.CharField(max_length=63, default="")
    model = models.CharField(max_length=300, default="")
    revisions = models.JSONField(default=dict)
    # A default of the database's, for processes of the release before that write without it.
    ladder = models.CharField(max_length=63, db_default="")
    # What went into the prompt: documents as {"document", "chunk", "score", "label"},
    # {"playbook", "label"}, the session, and the highest label among all of it.
    documents = models.JSONField(db_default=[])
    playbooks = models.JSONField(db_default=[])
    session = models.CharField(max_length=200, db_default="")
    label = models.CharField(max_length=12, db_default="")
    profile = models.CharField(max_length=63, db_default="")  # the execution profile's name
    trace_id = models.CharField(max_length=32, db_default="")
    # The cluster that a failed call was counted in; "" while it was not.
    fingerprint = models.CharField(max_length=40, db_default="")
    # Truth rules that fired, as {"rule", "stage", "action"}, and what validators found, as
    # {"validator", "kind", "path", "message"}.
    rules = models.JSONField(db_default=[])
    invalid = models.JSONField(db_default=[])
    task_class = models.CharField(max_length=63, db_default="")
    attempts_made = models.PositiveSmallIntegerField(default=0)
    finish_reason = models.CharField(max_length=20, default="")
    dropped = models.JSONField(default=list)
    request_body = models.JSONField(null=True)
    answer_text = models.TextField(null=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            models.Index(fields=["-started_at"], name="call_list_newest_first"),
            models.Index(fields=["api_key", "-started_at"], name="call_list_of_one_key"),
            models.Index(fields=["provider", "-started_at"], name="call_list_of_one_provider"),
            models.Index(
                fields=["instance"],
                condition=models.Q(outcome="running"),
                name="call_reaper_finds_running",
            ),
            models.Index(
                fields=["-started_at"],
                condition=~models.Q(outcome="complete"),
                name="call_list_not_complete",
            ),
            models.Index(fields=["profile", "-started_at"], name="call_list_of_one_profile"),
            models.Index(
                fields=["-started_at"],
                condition=models.Q(total_ms__gt=10_000),
                name="call_list_slow",
            ),
            models.Index(
                fields=["started_at"],
                condition=models.Q(outcome__in=["failed", "incomplete"], fingerprint=""),
                name="call_clustering_finds_failed",
            ),
            models.Index(
                fields=["fingerprint", "-started_at"],
                condition=~models.Q(fingerprint=""),
                name="call_list_of_one_cluster",
            ),
            models.Index(fields=["model", "-started_at"], name="call_list_of_one_model"),
            models.Index(
                fields=["session", "-started_at"],
                condition=~models.Q(session=""),
                name="call_list_of_one_session",
            ),
            models.Index(
                fields=["error_kind", "-started_at"],
                condition=~models.Q(error_kind=""),
                name="call_list_of_one_error",
            ),
            models.Index(
                fields=["status", "-started_at"],
                condition=~models.Q(outcome="complete"),
                name="call_list_of_one_status",
            ),
            models.Index(
                fields=["-started_at"],
                condition=models.Q(operation="embeddings"),
                name="call_list_of_embeddings",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.outcome}"


class Attempt(Measured):
    """`accepted` is False when the upstream provably did not take the request."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    provider = models.CharField(max_length=63)
    model = models.CharField(max_length=300)
    started_at = models.DateTimeField()
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    status = models.PositiveSmallIntegerField(null=True)
    accepted = models.BooleanField(default=True)
    upstream_id = models.CharField(max_length=200, default="")

    class Meta:
        ordering = ["call", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "number"], name="attempt_number_is_unique_within_its_call"
            )
        ]

    def __str__(self) -> str:
        return f"{self.call_id} #{self.number} {self.provider}"
