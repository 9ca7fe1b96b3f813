"""How documents and their chunks look in answers, and what may be sent of them."""

from typing import Any, ClassVar

from django.urls import reverse
from rest_framework import serializers

from profiles import checks
from profiles.library.changing import SETTABLE
from profiles.memory.playbook import Playbook
from profiles.retrieval.document import Chunk, Document
from providers.api.fields import SuggestingChoiceField
from providers.api.known_fields import KnownFields
from providers.models import Clearance

UNLABELLED = "Empty counts as restricted."
A_DATE = "Write a date like 2026-01-31."
OTHER_WORDS = {"name": "title", "content": "text", "date": "dated", "sensitivity": "label"}


class LabelField(SuggestingChoiceField):
    """A label, or "" for none."""

    def __init__(self, **more: Any) -> None:
        super().__init__(choices=Clearance.choices, required=False, allow_blank=True, **more)

    def to_internal_value(self, data: Any) -> Any:
        return data if data == "" else super().to_internal_value(data)


class DayField(serializers.DateField):
    def __init__(self, **more: Any) -> None:
        told: dict[str, Any] = {"invalid": A_DATE, "datetime": A_DATE}
        super().__init__(required=False, allow_null=True, error_messages=told, **more)


class PlaybookLinkSerializer(serializers.ModelSerializer[Playbook]):
    state = serializers.CharField(read_only=True)

    class Meta:
        model = Playbook
        fields = ("id", "title", "state")
        read_only_fields = fields


class DocumentSerializer(KnownFields, serializers.ModelSerializer[Document]):
    """What is said of a document, and how its ingestion stands."""

    other_words: ClassVar[dict[str, str]] = OTHER_WORDS
    url = serializers.SerializerMethodField()
    label = LabelField(help_text=UNLABELLED)  # type: ignore[assignment]  # the metaclass takes it
    dated = DayField()
    state = serializers.CharField(read_only=True, help_text="pending, ready or failed")
    stale = serializers.SerializerMethodField(
        help_text="Its date is further back than the live memory profile's doc_staleness_days."
    )
    playbooks = PlaybookLinkSerializer(many=True, read_only=True)

    class Meta:
        model = Document
        fields = (
            *("id", "url", "title", "source", "label", "dated", "owner", "media_type"),
            *("state", "problem", "chunk_count", "stale", "helpful", "harmful"),
            *("created", "updated", "ingested_at", "playbooks"),
        )
        read_only_fields = tuple(name for name in fields if name not in SETTABLE)

    def get_url(self, document: Document) -> str:
        return url_of(document)

    def get_stale(self, document: Document) -> bool:
        return document.dated is not None and document.dated < self.context["view"].oldest_fresh


class TakenDocumentSerializer(DocumentSerializer):
    outcome = serializers.CharField(read_only=True, help_text="new, changed or unchanged")

    class Meta(DocumentSerializer.Meta):
        fields = (*DocumentSerializer.Meta.fields, "outcome")  # type: ignore[assignment]  # longer


class TakenDocumentsSerializer(serializers.Serializer[Any]):
    """Of a form with several files: all of them, in their order."""

    documents = TakenDocumentSerializer(many=True)


class AboutSerializer(KnownFields):
    """What may be said of a document beside its content."""

    other_words: ClassVar[dict[str, str]] = OTHER_WORDS
    title = serializers.CharField(
        required=False,
        max_length=300,
        validators=[checks.one_line],
        help_text="Without it, its first heading, else the name of the file or source.",
    )
    source = serializers.CharField(  # type: ignore[assignment]
        required=False,
        allow_blank=True,
        max_length=1000,
        validators=[checks.one_line],
        help_text="Where it comes from. The same source again replaces the document.",
    )
    label = LabelField(help_text=UNLABELLED)  # type: ignore[assignment]  # the metaclass takes it
    dated = DayField(help_text="The document's own date.")
    owner = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=100,
        help_text="The person or team to ask about it.",
    )


class NewDocumentSerializer(AboutSerializer):
    text = serializers.CharField(trim_whitespace=False)
    media_type = SuggestingChoiceField(
        choices=Document.MediaType.choices,
        required=False,
        help_text="What the text is written in. A PDF is no text: it is sent as a file.",
    )


class DocumentTextSerializer(serializers.ModelSerializer[Document]):
    """The text that was extracted: what its chunks are of."""

    class Meta:
        model = Document
        fields = ("id", "ingested_at", "text")
        read_only_fields = fields


class ChunkSerializer(serializers.ModelSerializer[Chunk]):
    length = serializers.IntegerField(help_text="Positions of its words, the title's included.")
    space = serializers.StringRelatedField[Any](
        allow_null=True, help_text="Whose vectors it has. Null: none."
    )

    class Meta:
        model = Chunk
        fields = ("position", "heading", "text", "length", "space")
        read_only_fields = fields


def url_of(document: Document) -> str:
    return reverse("document-detail", args=[document.pk])
