"""The routes of /api/v1/providers/."""

from typing import Any

from django.db import IntegrityError, transaction
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from providers import listings, objections, removal
from providers.api.missing import TellsWhatIsMissing
from providers.api.pages import Pages
from providers.api.parsing import BoundedJSONParser
from providers.api.problems import Conflict
from providers.api.query import flag
from providers.api.results import ProviderCheckSerializer, ProviderModelsSerializer
from providers.api.serializers import ProviderSerializer
from providers.models import Listing, Provider, ProviderQuerySet
from providers.permissions import ModelPermissions

_CHANGING = ("update", "partial_update", "destroy")


@extend_schema(tags=["providers"])
class ProviderViewSet(TellsWhatIsMissing, viewsets.ModelViewSet[Provider]):
    queryset = Provider.objects.with_listing()
    serializer_class = ProviderSerializer
    permission_classes = [ModelPermissions]
    parser_classes = [BoundedJSONParser]
    pagination_class = Pages
    lookup_field = "name"
    query_parameters = ()
    filterset_fields = ["name", "kind", "enabled", "unattended", "source", "clearance"]
    search_fields = ["name", "kind", "base_url", "default_model"]
    ordering_fields = ["name", "kind", "enabled", "source", "created", "updated"]
    ordering = ["name"]

    def get_queryset(self) -> ProviderQuerySet:
        rows = Provider.objects.with_listing()
        # What is checked against the row as it is must hold when it is saved.
        if self.action not in _CHANGING:
            return rows
        # Beside rows that come to refer to it, unless it is to go.
        return rows.select_for_update(of=("self",), no_key=self.action != "destroy")

    def perform_create(self, serializer: serializers.BaseSerializer[Provider]) -> None:
        try:
            with transaction.atomic():
                serializer.save()
        except IntegrityError:
            text = "A provider of this name was made at the same moment."
            raise serializers.ValidationError({"name": [text]}) from None

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        try:
            with transaction.atomic():
                return super().update(request, *args, **kwargs)
        except IntegrityError as error:
            # What was objected to at the same moment, and then by the database.
            if found := objections.behind(error):
                raise serializers.ValidationError(
                    {f: [text] for f, text in found.items()}
                ) from None
            raise

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            return super().destroy(request, *args, **kwargs)

    def perform_destroy(self, instance: Provider) -> None:
        try:
            removal.remove(instance)
        except removal.InUse as error:
            raise Conflict(str(error)) from None

    @extend_schema(request=None, responses={200: ProviderCheckSerializer})
    @action(detail=True, methods=["post"])
    def check(self, request: Request, name: str) -> Response:
        """Can it be used? By free calls only; the list of models is kept. A failure is a 200."""
        (result,) = listings.check_and_save([self.get_object()])
        return Response(ProviderCheckSerializer(result).data)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "refresh",
                OpenApiTypes.BOOL,
                description="Read the list anew first; needs the change permission.",
            )
        ],
        responses={200: ProviderModelsSerializer},
    )
    @action(detail=True, methods=["get"], pagination_class=None, query_parameters=("refresh",))
    def models(self, request: Request, name: str) -> Response:
        """The models last read from the provider."""
        provider = self.get_object()
        if flag(request, "refresh"):
            if not ModelPermissions().may_change(request, self):
                self.permission_denied(
                    request, "Reading the list anew needs the change permission."
                )
            listings.check_and_save([provider])
        listing = Listing.objects.filter(provider=provider).first() or Listing(provider=provider)
        return Response(ProviderModelsSerializer(listing).data)
