"""Sessions: what was said under one `session_id` of one key."""

from django.db import models


class Session(models.Model):
    """`name` is the client's `session_id`; it means nothing under another key."""

    # No constraint: profiles know nothing of keys, and a session may outlive one.
    key_id = models.BigIntegerField()
    name = models.CharField(max_length=200)
    created = models.DateTimeField(auto_now_add=True)
    used = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-used", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["key_id", "name"], name="one_session_a_key_and_name")
        ]

    def __str__(self) -> str:
        return self.name


class SessionTurn(models.Model):
    """One completed call of a session: what the client said anew, and the answer.

    `messages` are `providers.messages.Turn`s in plain values, `label_rank` the highest of
    what went into them. Ids rise in the order of completion.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="turns")
    call_id = models.UUIDField()
    messages = models.JSONField()
    tokens = models.PositiveIntegerField(help_text="Estimated.")
    label_rank = models.PositiveSmallIntegerField(default=0)
    model = models.CharField(max_length=300, default="")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["call_id"], name="turn_of_a_call")]

    def __str__(self) -> str:
        return f"{self.session_id} #{self.pk}"
