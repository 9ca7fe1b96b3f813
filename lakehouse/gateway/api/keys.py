"""/api/v1/keys/: make, read, change and revoke API keys."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from lakehouse.gateway.limits import spending
from lakehouse.gateway.models import ApiKey
from providers.api.known_fields import KnownFields
from providers.api.missing import TellsWhatIsMissing
from providers.permissions import ModelPermissions


class ApiKeySerializer(KnownFields, serializers.ModelSerializer[ApiKey]):
    other_words: ClassVar[dict[str, str]] = {
        "name": "label",
        "providers": "allowed_providers",
        "rpm": "requests_per_minute",
        "tpm": "tokens_per_minute",
        "budget": "monthly_budget",
        "manage": "may_manage",
        "expires": "expires_at",
    }
    profile = serializers.CharField(
        source="profile_id",
        allow_null=True,
        required=False,
        help_text=ApiKey._meta.get_field("profile").help_text,
    )
    # It grows while calls are made.
    moving: ClassVar[tuple[str, ...]] = ("spent_this_month",)
    spent_this_month = serializers.SerializerMethodField(
        help_text="US dollars since the first of the month (UTC); calls whose price is not known "
        "count as nothing, for the budget too"
    )
    state = serializers.CharField(read_only=True, help_text="usable, expired or revoked")

    class Meta:
        model = ApiKey
        fields = (
            "id",
            "label",
            "owner",
            "preview",
            "state",
            "clearance",
            "allowed_providers",
            "profile",
            "requests_per_minute",
            "tokens_per_minute",
            "monthly_budget",
            "spent_this_month",
            "may_manage",
            "expires_at",
            "revoked_at",
            "created_at",
        )
        read_only_fields = ("preview", "revoked_at", "created_at")

    def get_spent_this_month(self, key: ApiKey) -> str:
        """As a decimal number. A key that was only just made has spent nothing."""
        return f"{getattr(key, 'spent', 0):.10f}"

    def validate_may_manage(self, value: bool) -> bool:
        """A key that may manage may do everything: only who may do that already hands it on."""
        if value and not self.context["request"].user.is_superuser:
            raise serializers.ValidationError(
                "Only a superuser, or a key that may manage, can grant this. Leave it out."
            )
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        candidate = ApiKey(**attrs) if self.instance is None else self.instance
        for name, value in attrs.items():
            setattr(candidate, name, value)
        try:
            candidate.clean()
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.message_dict) from error
        return attrs


class NewApiKeySerializer(ApiKeySerializer):
    """The only answer that ever holds a key."""

    key = serializers.CharField(read_only=True, help_text="Shown this once")

    class Meta:
        model = ApiKey
        fields = ("key", *ApiKeySerializer.Meta.fields)
        read_only_fields = ApiKeySerializer.Meta.read_only_fields


@extend_schema(tags=["keys"])
class ApiKeyViewSet(TellsWhatIsMissing, viewsets.ModelViewSet[ApiKey]):
    serializer_class = ApiKeySerializer
    permission_classes = [ModelPermissions]
    queryset = ApiKey.objects.all()
    filterset_fields: ClassVar[dict[str, list[str]]] = {
        "owner": ["exact"],
        "clearance": ["exact"],
        "may_manage": ["exact"],
        "revoked_at": ["isnull"],
        "expires_at": ["isnull", "lt", "gt"],
    }
    search_fields = ["label", "owner", "preview"]
    ordering_fields = ["label", "owner", "created_at", "expires_at"]

    def get_queryset(self) -> "QuerySet[ApiKey]":
        return spending.annotated(super().get_queryset())

    @extend_schema(responses={201: NewApiKeySerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Makes a key. The answer holds it under `key`, this once."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        made, token = ApiKey.objects.issue(**asked.validated_data)
        document = ApiKeySerializer(made).data
        return Response({"key": token, **document}, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={200: ApiKeySerializer})
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ends the key for good, everywhere within a second. Revoking twice changes nothing."""
        key = self.get_object()
        ApiKey.objects.filter(pk=key.pk).revoke()
        key.refresh_from_db()
        return Response(ApiKeySerializer(key).data)
