"""POST …/{name}/activate/: asking for an activation, trying it, and waiting for its end."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.db import OperationalError
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from profiles.activation import activate, record
from profiles.activation.model import Activation
from profiles.api.activation import (
    BUSY,
    ActivationSerializer,
    StepSerializer,
    accepted,
    asked,
)
from providers.suggest import shown, suggestion

LONGEST_WAIT = 60


class ActivateSerializer(serializers.Serializer[Any]):
    revision = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=2**31 - 1,
        help_text="Which one. Without it, the draft as it is now.",
    )

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [key for key in data if key not in self.fields]
            if unknown:
                near = suggestion(shown(unknown[0]), list(self.fields))
                text = f"There is no such field. {near}"
                raise serializers.ValidationError({shown(unknown[0]): [text]})
        return super().to_internal_value(data)


class RehearsalSerializer(serializers.Serializer[Any]):
    """`ok` is true when no step failed."""

    ok = serializers.BooleanField()
    steps = StepSerializer(many=True)


class ActivatingRoute(GenericViewSet[Any]):
    @extend_schema(
        request=ActivateSerializer,
        parameters=[
            OpenApiParameter("wait", float, description="Seconds to wait for its end, 0 to 60."),
            OpenApiParameter(
                "dry_run", bool, description="Take every step but the last. Changes nothing."
            ),
        ],
        responses={
            202: ActivationSerializer,
            200: PolymorphicProxySerializer(
                "ActivateResult", [ActivationSerializer, RehearsalSerializer], None
            ),
            404: OpenApiResponse(description="There is no such profile or revision."),
            409: BUSY,
        },
    )
    @action(detail=True, methods=["post"], pagination_class=None, filter_backends=[])
    def activate(self, request: Request, name: str) -> Response:
        """Makes a revision live: 202 with where to look, 200 when waited for its end."""
        kind = self.get_queryset().model.kind
        revision = body(request)
        seconds = wait_of(request)
        if flag(request, "dry_run"):
            with asked():
                steps = activate.rehearse(kind, name, revision)
            ok = all(step.result != record.FAILED for step in steps)
            return Response(RehearsalSerializer({"ok": ok, "steps": steps}).data)
        with asked():
            made = activate.request(
                kind, name, who=str(request.user), via="rest", revision=revision
            )
        return accepted(waited(made, seconds) if seconds else made)


def body(request: Request) -> int | None:
    """The revision asked for. Raises ValidationError."""
    document = ActivateSerializer(data=request.data)
    document.is_valid(raise_exception=True)
    revision: int | None = document.validated_data.get("revision")
    return revision


def waited(made: Activation, seconds: float) -> Activation:
    """As it was last seen, should the database be away meanwhile."""
    seen = [made]
    with suppress(OperationalError):
        activate.wait(made, seconds, seen.append)
    return seen[-1]


def wait_of(request: Request) -> float:
    """Raises ValidationError."""
    asked_for = serializers.FloatField(min_value=0, max_value=LONGEST_WAIT)
    try:
        seconds: float = asked_for.run_validation(request.query_params.get("wait", "0"))
    except ValidationError:
        text = f"Write how many seconds to wait, 0 to {LONGEST_WAIT}."
        raise ValidationError({"wait": [text]}) from None
    return seconds


def flag(request: Request, name: str) -> bool:
    """Raises ValidationError."""
    try:
        return bool(
            serializers.BooleanField().run_validation(request.query_params.get(name, "false"))
        )
    except ValidationError:
        raise ValidationError({name: ["Write true or false."]}) from None
