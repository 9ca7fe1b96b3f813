"""/api/v1/calls/: the ledger, read only."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import pagination, serializers, viewsets

from lakehouse.gateway.models import Attempt, Call
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

    class Meta:
        model = Call
        fields = (
            "id",
            "operation",
            "api_key",
            "started_at",
            "finished_at",
            "outcome",
            "status",
            "stream",
            "model_asked",
            "provider",
            "model",
            "revisions",
            "ladder",
            "attempts_made",
            "finish_reason",
            "dropped",
            *MEASURES,
            "attempts",
        )


class NewestFirst(pagination.CursorPagination):
    """A cursor, since counting and skipping would not stay fast as the ledger grows."""

    ordering = "-started_at"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500


@extend_schema(tags=["calls"])
class CallViewSet(viewsets.ReadOnlyModelViewSet[Call]):
    queryset = Call.objects.prefetch_related("attempts")
    serializer_class = CallSerializer
    permission_classes = [ModelPermissions]
    pagination_class = NewestFirst
    filterset_fields: ClassVar[dict[str, list[str]]] = {
        "outcome": ["exact"],
        "operation": ["exact"],
        "provider": ["exact"],
        "model": ["exact"],
        "api_key": ["exact"],
        "status": ["exact"],
        "error_kind": ["exact"],
        "started_at": ["gte", "lt"],
        "total_ms": ["gte"],
    }
