"""/api/v1/calls/: the ledger, read only."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets

from lakehouse.gateway.api.call_filters import CallFilters
from lakehouse.gateway.api.promoting import Promoting
from lakehouse.gateway.models import Attempt, Call
from profiles.labelled import clearance_of
from providers.api.missing import TellsWhatIsMissing
from providers.api.pages import Cursor
from providers.endpoint import above
from providers.permissions import ModelPermissions

MEASURES = (
    "input_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost",
    "queue_ms",
    "first_token_ms",
    "total_ms",
    "error_kind",
    "error_message",
)


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    class Meta:
        model = Attempt
        fields = (
            "number",
            "provider",
            "model",
            "started_at",
            "outcome",
            "status",
            "accepted",
            "upstream_id",
            *MEASURES,
        )


class CallSerializer(serializers.ModelSerializer[Call]):
    attempts = AttemptSerializer(many=True, read_only=True)
    api_key = serializers.IntegerField(
        source="api_key_id", allow_null=True, help_text="Its id, when it was deleted since, too."
    )
    key_label = serializers.SerializerMethodField()
    documents = serializers.SerializerMethodField()
    playbooks = serializers.SerializerMethodField()

    class Meta:
        model = Call
        fields = (
            "id",
            "operation",
            "api_key",
            "key_label",
            "started_at",
            "finished_at",
            "outcome",
            "status",
            "stream",
            "model_asked",
            "provider",
            "model",
            "profile",
            "revisions",
            "ladder",
            "documents",
            "playbooks",
            "task_class",
            "rules",
            "invalid",
            "session",
            "label",
            "attempts_made",
            "finish_reason",
            "dropped",
            "trace_id",
            "fingerprint",
            *MEASURES,
            "attempts",
        )

    def get_key_label(self, call: Call) -> str | None:
        """Null where the key was deleted, or there was none."""
        return call.api_key.label if call.api_key is not None else None

    def get_documents(self, call: Call) -> list[dict[str, Any]]:
        """What of the prompt the caller may know of, by the labels at that time."""
        return self._seen(call.documents)

    def get_playbooks(self, call: Call) -> list[dict[str, Any]]:
        """As `documents`."""
        return self._seen(call.playbooks)

    def _seen(self, used: list[dict[str, Any]]) -> list[dict[str, Any]]:
        limit = clearance_of(self.context["request"].user)
        return [entry for entry in used if not above(entry["label"], limit)]


class NewestFirst(Cursor):
    """A cursor, since counting and skipping would not stay fast as the ledger grows."""

    ordering = "-started_at"


@extend_schema(tags=["calls"])
class CallViewSet(TellsWhatIsMissing, Promoting, viewsets.ReadOnlyModelViewSet[Call]):
    queryset = (
        # Not joined: a filter by its id would then lose the calls of a key that was deleted.
        Call.objects.prefetch_related("api_key", "attempts").defer("request_body", "answer_text")
    )
    serializer_class = CallSerializer
    permission_classes = [ModelPermissions]
    pagination_class = NewestFirst
    ordering_fields = ["started_at"]
    filterset_class = CallFilters
