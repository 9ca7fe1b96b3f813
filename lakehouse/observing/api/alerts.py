"""/api/v1/alerts/: what was told, on which channel, and whether it arrived."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from lakehouse.observing import sending
from lakehouse.observing.models import Alert
from providers.api.missing import TellsWhatIsMissing
from providers.api.pages import Cursor
from providers.permissions import ModelPermissions


class AlertSerializer(serializers.ModelSerializer[Alert]):
    body = serializers.DictField(read_only=True)

    class Meta:
        model = Alert
        fields = (
            *("id", "kind", "fingerprint", "channel", "subject", "body", "dedupe_key"),
            *("state", "tries", "problem", "created", "next_at", "sent_at"),
        )


class NewestFirst(Cursor):
    """A cursor: alerts are kept for a while, and come while they are read."""

    ordering = "-id"


@extend_schema(tags=["alerts"])
class AlertViewSet(TellsWhatIsMissing, viewsets.ReadOnlyModelViewSet[Alert]):
    queryset = Alert.objects.all()
    serializer_class = AlertSerializer
    permission_classes = [ModelPermissions]
    pagination_class = NewestFirst
    ordering_fields = ["id"]
    filterset_fields: ClassVar[dict[str, list[str]]] = {
        "state": ["exact"],
        "kind": ["exact"],
        "channel": ["exact"],
        "fingerprint": ["exact"],
        "created": ["gte", "lt"],
    }

    @extend_schema(request=None, responses={202: AlertSerializer})
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Has a job send it now, under the same dedupe key, whatever became of it before."""
        alert = self.get_object()
        sending.send_again(alert)
        alert.refresh_from_db()
        return Response(AlertSerializer(alert).data, status=202)
