"""GET /api/v1/observer/ring: the last calls of the process that happens to answer."""

import os
import socket
from typing import Any

import msgspec
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lakehouse.gateway.models import Call
from lakehouse.gateway.services import Services, if_running
from lakehouse.observing.ring import Entry, Ring
from providers.api.query import refuse_others
from providers.permissions import ModelPermissions
from providers.suggest import shown, suggestion

FILTERS = ("outcome", "provider", "key")
OUTCOMES = [o.value for o in Call.Outcome if o.value not in ("running", "skipped")]


class EntrySerializer(serializers.Serializer[Entry]):
    id = serializers.UUIDField(help_text="Of the call: GET /api/v1/calls/{id}/ has it all.")
    key = serializers.CharField(help_text="The API key's label.")
    operation = serializers.CharField()
    provider = serializers.CharField(help_text='"" when the call led to none.')
    model = serializers.CharField()
    profile = serializers.CharField()
    outcome = serializers.CharField()
    status = serializers.IntegerField(allow_null=True)
    error_kind = serializers.CharField()
    attempts = serializers.IntegerField()
    stream = serializers.BooleanField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    queue_ms = serializers.FloatField(allow_null=True)
    first_token_ms = serializers.FloatField(allow_null=True)
    total_ms = serializers.FloatField(allow_null=True)
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()


class RingSerializer(serializers.Serializer[Any]):
    instance = serializers.UUIDField(allow_null=True, help_text="Null: it serves no calls.")
    worker = serializers.IntegerField(help_text="Of `serve --workers`, counted from 1.")
    host = serializers.CharField()
    pid = serializers.IntegerField()
    note = serializers.CharField()
    size = serializers.IntegerField(help_text="The live observer profile's ring_size.")
    held = serializers.IntegerField()
    seen = serializers.IntegerField(help_text="Since the process began.")
    fell_out = serializers.IntegerField(help_text="Seen, and no longer held.")
    records_dropped = serializers.IntegerField(help_text="Records that the ledger lost.")
    matching = serializers.IntegerField()
    calls = EntrySerializer(many=True)


NOTE = "Of this process alone: each has a ring of its own. /api/v1/calls/ has the calls of all."


class RingView(APIView):
    queryset = Call.objects.none()  # its permission is asked for
    permission_classes = [ModelPermissions]
    query_parameters = FILTERS

    @extend_schema(
        operation_id="observer_ring",
        summary="The last calls, from memory",
        tags=["observer"],
        parameters=[
            OpenApiParameter("outcome", enum=OUTCOMES),
            OpenApiParameter("provider", description="Its name."),
            OpenApiParameter("key", description="The API key's label."),
        ],
        responses=RingSerializer,
    )
    def get(self, request: Request) -> Response:
        """Newest first, without content, of the one process that answers: its instance, host
        and process id say which."""
        refuse_others(request, self)
        wanted = {
            name: request.query_params[name] for name in FILTERS & request.query_params.keys()
        }
        if (outcome := wanted.get("outcome", OUTCOMES[0])) not in OUTCOMES:
            text = f'There is no outcome "{shown(outcome)}". {suggestion(shown(outcome), OUTCOMES)}'
            raise ValidationError({"outcome": [text]})
        return Response(told(if_running(), wanted))


def told(services: Services | None, wanted: dict[str, str]) -> dict[str, Any]:
    ring = services.observing.ring if services else Ring()
    held = ring.newest_first()
    found = [e for e in held if all(getattr(e, name) == value for name, value in wanted.items())]
    return {
        "instance": services.recorder.instance if services else None,
        "worker": services.observing.workers.number if services else 1,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "note": NOTE,
        "size": ring.size,
        "held": len(held),
        "seen": ring.seen_in_all,
        "fell_out": ring.seen_in_all - len(held),
        "records_dropped": services.recorder.dropped if services else 0,
        "matching": len(found),
        "calls": [msgspec.structs.asdict(entry) for entry in found],
    }
