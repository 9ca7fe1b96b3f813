"""/api/v1/clusters/: failures that are the same one, and what people do with them."""

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from lakehouse.observing import states
from lakehouse.observing.models import Cluster
from providers.api.known_fields import KnownFields
from providers.api.missing import TellsWhatIsMissing
from providers.api.problems import Conflict
from providers.permissions import ModelPermissions


class ClusterSerializer(serializers.ModelSerializer[Cluster]):
    alerts = serializers.BooleanField(
        read_only=True, help_text="False where the failures are of the clients' own making."
    )

    class Meta:
        model = Cluster
        fields = (
            *("fingerprint", "provider", "model", "error_kind", "message", "revision"),
            *("count", "first_seen", "last_seen", "samples", "alerts"),
            *("state", "state_by", "state_at", "note"),
        )


class NoteSerializer(KnownFields, serializers.Serializer[Any]):
    note = serializers.CharField(
        required=False, allow_blank=True, max_length=states.LONGEST_NOTE, default=""
    )


REFUSED = OpenApiResponse(description="It is not in a state for that; the text says which.")
VERB = extend_schema(request=NoteSerializer, responses={200: ClusterSerializer, 409: REFUSED})


@extend_schema(tags=["clusters"])
class ClusterViewSet(TellsWhatIsMissing, viewsets.ReadOnlyModelViewSet[Cluster]):
    """Open ones first, then what was seen last."""

    queryset = Cluster.objects.open_first()
    serializer_class = ClusterSerializer
    permission_classes = [ModelPermissions]
    search_fields = ["message", "model"]
    ordering_fields = ["count", "first_seen", "last_seen"]
    filterset_fields: ClassVar[dict[str, list[str]]] = {
        "state": ["exact"],
        "provider": ["exact"],
        "model": ["exact"],
        "error_kind": ["exact"],
        "last_seen": ["gte", "lt"],
    }

    @VERB
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """Somebody works on it: it alerts nobody until it ended."""
        return self._move(states.acknowledge)

    @VERB
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> Response:
        """It is over. Those who were alerted hear of it; a new failure reopens it."""
        return self._move(states.resolve)

    @VERB
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """It is not over, or nobody works on it."""
        return self._move(states.reopen)

    def _move(self, verb: Callable[..., Cluster]) -> Response:
        asked = NoteSerializer(data=self.request.data)
        asked.is_valid(raise_exception=True)
        try:
            moved = verb(self.get_object(), who=str(self.request.user), **asked.validated_data)
        except states.NotPossible as error:
            raise Conflict(str(error)) from None
        return Response(ClusterSerializer(moved).data)
