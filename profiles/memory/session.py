"""Sessions: what was said under one `session_id` of one key."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from providers.endpoint import rank


class TurnQuerySet(models.QuerySet[Any]):
    def up_to(self, limit: int) -> Self:
        """Those whose label rank is at most this."""
        return self.filter(label_rank__lte=limit)


class SessionQuerySet(models.QuerySet[Any]):
    def seen(self, limit: int, owner: int | None = None) -> Self:
        """As who may see turns up to this label rank sees them: the turns above do not exist.

        `first`, `last`, `turn_count` and `token_count` are of the turns seen. A session without
        any is there for its owner's key only.
        """
        turns = SessionTurn.objects.up_to(limit).filter(session=OuterRef("pk")).order_by()

        def of_turns(found: Any) -> Subquery:
            return Subquery(turns.values("session").annotate(found=found).values("found"))

        whole = limit >= rank("")
        first = F("created") if whole else Coalesce(of_turns(Min("created")), F("created"))
        last = F("used") if whole else Coalesce(of_turns(Max("created")), F("created"))
        rows = self if whole else self.filter(Exists(turns) | Q(key_id=owner))
        return rows.annotate(
            first=first,
            last=last,
            turn_count=Coalesce(of_turns(Count("pk")), Value(0)),
            token_count=Coalesce(of_turns(Sum("tokens")), Value(0)),
        ).order_by("-last", "-id")


class Session(models.Model):
    """`name` is the client's `session_id`; it means nothing under another key."""

    # No constraint: profiles know nothing of keys, and a session may outlive one.
    key_id = models.BigIntegerField()
    name = models.CharField(max_length=200)
    created = models.DateTimeField(auto_now_add=True)
    used = models.DateTimeField(auto_now_add=True, db_index=True)

    objects: ClassVar[Any] = SessionQuerySet.as_manager()

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

    objects: ClassVar[Any] = TurnQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["call_id"], name="turn_of_a_call")]

    def __str__(self) -> str:
        return f"{self.session_id} #{self.pk}"
