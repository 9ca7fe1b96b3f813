"""/api/v1/activations/: what was asked for, how it goes, and taking it back."""

from typing import Any, ClassVar

from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import pagination, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from profiles.activation import activate, cancel
from profiles.activation.model import Activation
from profiles.api.activation import BUSY, ActivationSerializer, accepted, asked
from profiles.kinds import Kind, model_of
from providers.api.problems import Conflict
from providers.permissions import ModelPermissions


class ActivationPermissions(BasePermission):
    """Reading needs the permission to view activations, an act that to change such profiles."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.method != "POST":
            return ModelPermissions().has_permission(request, view)
        user = request.user
        staff = user and user.is_authenticated and user.is_active and user.is_staff
        return bool(staff) and any(self._may_change(request, kind) for kind in Kind.values)

    def has_object_permission(self, request: Request, view: APIView, activation: Any) -> bool:
        return request.method != "POST" or self._may_change(request, activation.kind)

    def _may_change(self, request: Request, kind: str) -> bool:
        name = model_of(kind)._meta.model_name
        return bool(request.user.has_perm(f"profiles.change_{name}"))


class NewestFirst(pagination.CursorPagination):
    """A cursor, since pages of numbers shift under whoever reads while others activate."""

    ordering = "-number"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500


@extend_schema(tags=["activations"])
class ActivationViewSet(viewsets.ReadOnlyModelViewSet[Activation]):
    queryset = Activation.objects.all()
    serializer_class = ActivationSerializer
    permission_classes = [ActivationPermissions]
    pagination_class = NewestFirst
    filter_backends = [DjangoFilterBackend]
    filterset_fields: ClassVar[dict[str, list[str]]] = {
        "kind": ["exact"],
        "profile": ["exact"],
        "state": ["exact"],
        "requested_by": ["exact"],
        "requested_at": ["gte", "lt"],
    }

    @extend_schema(
        request=None,
        responses={200: ActivationSerializer, 409: OpenApiResponse(description="It has ended.")},
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Possible until it moves what is live."""
        with asked():
            try:
                ended = cancel.cancel(self.get_object(), who=str(request.user))
            except cancel.TooLate as error:
                raise Conflict(str(error)) from None
        return Response(ActivationSerializer(ended).data)

    @extend_schema(request=None, responses={202: ActivationSerializer, 409: BUSY})
    @action(detail=True, methods=["post"])
    def rollback(self, request: Request, pk: str) -> Response:
        """Activates anew what this one made live: an activation like any other."""
        with asked():
            try:
                made = activate.roll_back(self.get_object(), who=str(request.user), via="rest")
            except activate.NeverLive as error:
                raise Conflict(str(error)) from None
        return accepted(made)
