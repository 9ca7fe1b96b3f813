"""/api/v1/sessions/: what was said under a `session_id`, for the key that said it."""

from typing import Any

import django_filters
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from profiles.labelled import clearance_of
from profiles.memory import exporting, forgetting
from profiles.memory.messages import document
from profiles.memory.session import Session
from providers.api.filters import StrictFilters
from providers.api.missing import TellsWhatIsMissing
from providers.api.pages import Cursor
from providers.api.problems import Conflict
from providers.endpoint import rank
from providers.permissions import ModelPermissions

MOST_SHOWN = 100  # turns


class SessionPermissions(BasePermission):
    """A key may do with its own sessions as it likes; people need permission."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if getattr(request.user, "key_id", None) is not None:
            return True
        return ModelPermissions().has_permission(request, view)


class SessionFilters(django_filters.FilterSet):  # type: ignore[misc]  # a package without types
    session_id = django_filters.CharFilter("name", label="The name that calls give.")
    api_key = django_filters.NumberFilter(
        "key_id", decimal_places=0, label="The id of the key it belongs to."
    )
    used__gte = django_filters.IsoDateTimeFilter("last", "gte", label="Last used then or later.")
    used__lt = django_filters.IsoDateTimeFilter("last", "lt", label="Last used before.")

    class Meta:
        model = Session
        fields = ()


class TurnSerializer(serializers.Serializer[Any]):
    """One exchange: what was said anew, and the answer."""

    call_id = serializers.UUIDField()
    created = serializers.DateTimeField()
    model = serializers.CharField()
    label = serializers.CharField(  # type: ignore[assignment]  # DRF takes the name itself
        help_text="The highest label of what the prompt held."
    )
    tokens = serializers.IntegerField(help_text="Estimated.")
    messages = serializers.ListField(
        child=serializers.DictField(), help_text="In OpenAI's chat dialect, oldest first."
    )


class SessionSerializer(serializers.ModelSerializer[Session]):
    session_id = serializers.CharField(source="name", help_text="The name that calls give.")
    api_key = serializers.IntegerField(source="key_id", help_text="The key it belongs to.")
    created = serializers.DateTimeField(source="first")
    used = serializers.DateTimeField(source="last")
    turn_count = serializers.IntegerField()
    tokens = serializers.IntegerField(source="token_count", help_text="Estimated.")

    class Meta:
        model = Session
        fields: tuple[str, ...] = (
            *("id", "session_id", "api_key", "created", "used", "turn_count", "tokens"),
        )
        read_only_fields = fields


class SessionWithTurnsSerializer(SessionSerializer):
    turns = serializers.SerializerMethodField(
        help_text=f"The newest {MOST_SHOWN}, oldest of them first; export has all."
    )

    class Meta(SessionSerializer.Meta):
        fields = (*SessionSerializer.Meta.fields, "turns")
        read_only_fields = fields

    @extend_schema_field(TurnSerializer(many=True))
    def get_turns(self, session: Session) -> Any:
        newest = session.turns.up_to(self.context["limit"]).order_by("-id")[:MOST_SHOWN]
        return [document(turn) for turn in reversed(newest)]


class NewestFirst(Cursor):
    ordering = "-last"


@extend_schema(tags=["sessions"])
class SessionViewSet(
    TellsWhatIsMissing,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet[Session],
):
    """A key sees its own, who manages sees all; turns above their clearance nobody sees."""

    queryset = Session.objects.all()
    permission_classes = [SessionPermissions]
    pagination_class = NewestFirst
    filter_backends = [StrictFilters]
    filterset_class = SessionFilters

    @property
    def limit(self) -> int:
        return rank(clearance_of(self.request.user))

    def get_queryset(self) -> Any:
        user: Any = self.request.user
        own = getattr(user, "key_id", None)
        rows = Session.objects.seen(self.limit, owner=own)
        return rows if user.is_staff else rows.filter(key_id=own)

    def get_serializer_class(self) -> type[SessionSerializer]:
        return SessionWithTurnsSerializer if self.action == "retrieve" else SessionSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "limit": self.limit}

    def perform_destroy(self, instance: Session) -> None:
        """For good, with every turn."""
        forgetting.delete(Session.objects.filter(pk=instance.pk))

    @extend_schema(responses={(200, "application/jsonl"): OpenApiTypes.STR})
    @action(detail=True, pagination_class=None)
    def export(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The whole session as a file of JSON Lines, an object a turn, oldest first."""
        session = self.get_object()
        try:
            return exporting.download([session], self.limit, f"session-{session.pk}")
        except exporting.TooLarge as refusal:
            raise Conflict(str(refusal)) from None
