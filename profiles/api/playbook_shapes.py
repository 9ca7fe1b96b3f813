"""How playbooks and their events look in answers."""

from typing import Any

from rest_framework import serializers

from profiles.memory import writing
from profiles.memory.playbook import Playbook, PlaybookEvent, State
from profiles.memory.staleness import is_stale
from profiles.retrieval.document import Document
from providers.api.known_fields import KnownFields
from providers.endpoint import LABELS
from providers.models import Clearance


class PlaybookSerializer(KnownFields, serializers.ModelSerializer[Playbook]):
    """A procedure that worked."""

    # For answers, the schema, and what is read only: `profiles.memory.writing` checks the rest.
    other_words = writing.OTHER_WORDS
    moving = (
        *("updated", "reviewed", "stale", "state", "state_reason", "found_by", "note"),
        *("helpful", "harmful", "success", "reach"),
    )

    documents: Any = serializers.PrimaryKeyRelatedField(
        many=True,
        required=False,
        pk_field=serializers.UUIDField(),
        queryset=Document.objects.none(),
        help_text="Ids of the documents that it cites, and lifts when it is recalled.",
    )
    reach = serializers.SerializerMethodField(
        help_text="The highest of its own label and its documents': who sees it goes by this."
    )
    state = serializers.CharField(read_only=True, help_text=", ".join(State))
    stale = serializers.SerializerMethodField(
        help_text="Its documents changed, or its last review is older than the live memory "
        "profile's doc_staleness_days: it counts for less."
    )
    success = serializers.FloatField(
        read_only=True, allow_null=True, help_text="The share of its judged uses that helped."
    )
    found_by = serializers.SerializerMethodField(help_text="meaning, or words only")
    note = serializers.SerializerMethodField(
        help_text="After a write: why it is found by its words only, if that was not meant."
    )

    class Meta:
        model = Playbook
        fields = (
            *("id", *writing.FIELDS, "reach", "state", "state_reason", "stale", "helpful"),
            *("harmful", "success", "found_by", "note", "from_call", "reviewed"),
            *("created", "updated"),
        )
        read_only_fields = ("state", "state_reason", "helpful", "harmful", "from_call", "reviewed")

    def get_reach(self, playbook: Any) -> Clearance:
        return Clearance(LABELS[playbook.reach])

    def get_stale(self, playbook: Playbook) -> bool:
        return is_stale(playbook, self.context["view"].oldest_fresh)

    def get_found_by(self, playbook: Playbook) -> str:
        return "words" if playbook.space_id is None else "meaning"

    def get_note(self, playbook: Playbook) -> str:
        return str(getattr(self.context["view"], "note", ""))


class PlaybookEventSerializer(serializers.ModelSerializer[PlaybookEvent]):
    """`before` is empty where it was made. The counts are those before the change."""

    after = serializers.CharField(read_only=True, help_text=", ".join(State))

    class Meta:
        model = PlaybookEvent
        fields = ("at", "before", "after", "who", "via", "reason", "helpful", "harmful")


class ReasonSerializer(KnownFields):
    reason = serializers.CharField(
        required=False, allow_blank=True, max_length=1000, help_text="Kept with the event."
    )
