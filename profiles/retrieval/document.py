"""Documents and the chunks that are searched."""

import uuid
from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from pgvector.django import HalfVectorField

from profiles import checks
from profiles.embedding.space import Space
from profiles.labelled import SEE_PERMISSIONS, LabelledQuerySet, known_label, label_field


class Document(models.Model):
    """One text with its label. Its chunks are of the content that `ingested_hash` names.

    `raw` is what came, until it is ingested; a document whose content changed is
    `pending` again, and searched as it was until the new chunks replace the old.
    """

    class State(models.TextChoices):
        PENDING = "pending", "pending"
        READY = "ready", "ready"
        FAILED = "failed", "failed"

    class MediaType(models.TextChoices):
        TEXT = "text/plain", "text"
        MARKDOWN = "text/markdown", "Markdown"
        HTML = "text/html", "HTML"
        JSON = "application/json", "JSON"
        PDF = "application/pdf", "PDF"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=300, validators=[checks.plain, checks.one_line])
    source = models.CharField(
        max_length=1000,
        blank=True,
        validators=[checks.plain, checks.one_line],
        help_text="Where it comes from: a path or an address. The same source again replaces it.",
    )
    label = label_field()
    dated = models.DateField(
        null=True, blank=True, help_text="The document's own date, for freshness and staleness."
    )
    owner = models.CharField(
        max_length=100, blank=True, help_text="The person or team to ask about it"
    )
    media_type = models.CharField(
        max_length=40, choices=MediaType, default=MediaType.TEXT, editable=False
    )
    raw = models.BinaryField(null=True, editable=False)
    text = models.TextField(default="", editable=False)
    content_hash = models.CharField(max_length=64, editable=False, help_text="sha-256 of raw")
    ingested_hash = models.CharField(max_length=64, default="", editable=False)
    state = models.CharField(
        max_length=7, choices=State, default=State.PENDING, db_index=True, editable=False
    )
    problem = models.TextField(default="", editable=False, help_text="Why it failed.")
    chunk_count = models.PositiveIntegerField(default=0, editable=False)
    helpful = models.PositiveIntegerField(default=0, editable=False)
    harmful = models.PositiveIntegerField(default=0, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)
    ingested_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[Any] = LabelledQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "id"]
        permissions = SEE_PERMISSIONS
        constraints = [
            known_label("document"),
        ]
        # Not unique: that would tell of a document above the giver's clearance.
        indexes = [
            models.Index(
                fields=["source"], condition=~Q(source=""), name="document_found_by_its_source"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Chunk(models.Model):
    """A passage of a document. Triggers keep `label_rank` and `dated` those of its document.

    `length` counts the positions of `words`; `words` is the title's and the text's.
    """

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="chunks")
    position = models.PositiveIntegerField()
    heading = models.CharField(max_length=300, default="")
    text = models.TextField()
    words = SearchVectorField()
    length = models.PositiveIntegerField()
    label_rank = models.PositiveSmallIntegerField(default=3)
    dated = models.DateField(null=True)
    space = models.ForeignKey(Space, null=True, on_delete=models.PROTECT, related_name="+")
    embedding = HalfVectorField(null=True)

    class Meta:
        ordering = ["document", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "position"], name="chunk_position_is_unique_in_its_document"
            ),
            models.CheckConstraint(
                condition=Q(space__isnull=True, embedding__isnull=True)
                | Q(space__isnull=False, embedding__isnull=False),
                name="chunk_has_an_embedding_and_its_space_or_neither",
            ),
        ]
        indexes = [GinIndex(fields=["words"], name="chunk_words")]

    def __str__(self) -> str:
        return f"{self.document_id} #{self.position}"


class Lexeme(models.Model):
    """In how many chunks of a label's rank a lexeme stands, as last counted."""

    pk = models.CompositePrimaryKey("lexeme", "label_rank")
    lexeme = models.TextField()
    label_rank = models.PositiveSmallIntegerField()
    chunks = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.lexeme} at {self.label_rank}: {self.chunks}"


class Corpus(models.Model):
    """How many chunks of a label's rank there are, and their lengths' sum, as last counted."""

    label_rank = models.PositiveSmallIntegerField(primary_key=True)
    chunks = models.PositiveIntegerField()
    length = models.PositiveBigIntegerField()

    class Meta:
        verbose_name_plural = "corpus"

    def __str__(self) -> str:
        return f"{self.chunks} chunks at {self.label_rank}"
