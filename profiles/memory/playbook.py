"""Playbooks: procedures that worked, recalled for a similar task."""

import uuid
from typing import Any, ClassVar, Self

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest
from pgvector.django import HalfVectorField

from profiles import checks
from profiles.embedding.space import Space
from profiles.labelled import LabelledQuerySet, known_label, label_field, label_rank


class State(models.TextChoices):
    DRAFT = "draft", "draft"
    ACTIVE = "active", "active"
    STALE = "stale", "stale"
    RETIRED = "retired", "retired"
    PINNED = "pinned", "pinned"


RECALLED = (State.ACTIVE, State.STALE, State.PINNED)


class PlaybookQuerySet(LabelledQuerySet):
    """A playbook's reach is the highest of its own label and of its documents' labels."""

    def up_to(self, limit: int) -> Self:
        """Those whose reach's rank is at most this."""
        documents = apps.get_model("profiles", "Document")._default_manager
        cited = Playbook.documents.through._default_manager.filter(playbook=OuterRef("pk"))
        above = cited.exclude(document__in=documents.up_to(limit))
        return super().up_to(limit).filter(~Exists(above))

    def recalled(self) -> Self:
        """Those that calls may get: drafts and retired ones are hidden."""
        return self.filter(state__in=RECALLED)

    def with_reach(self) -> Self:
        """Each with `reach`, a rank."""
        links: Any = Playbook.documents.through._default_manager.filter(playbook=OuterRef("pk"))
        ranks = links.annotate(each=label_rank("document__label")).order_by("-each")
        highest = Coalesce(Subquery(ranks.values("each")[:1]), 0)
        return self.annotate(reach=Greatest(label_rank(), highest))


class Playbook(models.Model):
    """`words` and `embedding` are of its title and task. `helpful` and `harmful` count feedback
    since it was made or last restored. `seen` has the content hashes of its documents, by id, as
    they were when a person last wrote or approved it.

    Titles are unique among those that whoever writes one may see, which the database cannot
    know: that a title is taken would tell of a playbook that is hidden from him.
    """

    State = State

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(
        max_length=200, db_index=True, validators=[checks.plain, checks.one_line]
    )
    task = models.TextField(
        validators=[checks.plain, checks.up_to(20_000)],
        help_text="What it is for, as people would ask it.",
    )
    steps = models.TextField(
        validators=[checks.plain, checks.up_to(50_000)], help_text="What worked, step by step."
    )
    tags = ArrayField(
        models.CharField(max_length=50, validators=[checks.plain, checks.one_line]),
        default=list,
        blank=True,
    )
    documents = models.ManyToManyField("profiles.Document", blank=True, related_name="playbooks")
    label = label_field()
    owner = models.CharField(
        max_length=100,
        blank=True,
        validators=[checks.plain, checks.one_line],
        help_text="The person or team to ask about it.",
    )
    state = models.CharField(max_length=7, choices=State, default=State.DRAFT, db_index=True)
    state_reason = models.TextField(default="", editable=False)
    helpful = models.PositiveIntegerField(default=0, editable=False)
    harmful = models.PositiveIntegerField(default=0, editable=False)
    words = SearchVectorField(null=True, editable=False)
    space = models.ForeignKey(
        Space, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    embedding = HalfVectorField(null=True, editable=False)
    from_call = models.UUIDField(null=True, unique=True, editable=False)
    seen = models.JSONField(default=dict, editable=False)
    reviewed = models.DateTimeField(
        auto_now_add=True, help_text="When a person last wrote or approved it."
    )
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects: ClassVar[Any] = PlaybookQuerySet.as_manager()

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            known_label("playbook"),
            models.CheckConstraint(
                condition=models.Q(state__in=State.values), name="playbook_state_is_a_known_one"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def success(self) -> float | None:
        """The share of its judged uses that helped; None before the first."""
        uses = self.helpful + self.harmful
        return self.helpful / uses if uses else None


class PlaybookEvent(models.Model):
    """A change of a playbook's state: who or what, when, why. Never changed afterwards."""

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    before = models.CharField(max_length=7)
    after = models.CharField(max_length=7, choices=State)
    who = models.CharField(max_length=150, default="", help_text="Empty: Lakehouse itself.")
    via = models.CharField(max_length=10, default="")
    reason = models.TextField(default="")
    helpful = models.PositiveIntegerField(default=0)
    harmful = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"
