"""POST /api/v1/calls/{id}/promote/: a call that helped becomes a draft playbook."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from lakehouse.gateway.knowledge.promotion import Refused, promote
from lakehouse.gateway.models import Call
from profiles.labelled import clearance_of
from profiles.models import Playbook
from providers.api.problems import Conflict
from providers.endpoint import rank
from providers.permissions import ModelPermissions


class DraftSerializer(serializers.ModelSerializer[Playbook]):
    class Meta:
        model = Playbook
        fields = ("id", "title", "task", "steps", "label", "state", "from_call", "created")
        read_only_fields = fields


class MayPromote(ModelPermissions):
    """Who may see calls and add playbooks."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        needed = ["gateway.view_call", "profiles.add_playbook"]
        return bool(user.is_authenticated and user.is_staff and user.has_perms(needed))


class Promoting(GenericViewSet[Call]):
    @extend_schema(
        request=None,
        responses={200: DraftSerializer, 409: OpenApiResponse(description="Why not.")},
    )
    @action(detail=True, methods=["post"], permission_classes=[MayPromote])
    def promote(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The question as its task, the answer as its steps, the documents that were cited; a
        draft until somebody activates it. Asked again, the same one."""
        limit = rank(clearance_of(request.user))
        try:
            made = promote(self.get_object(), limit, who=str(request.user), via="rest")
        except Refused as refusal:
            raise Conflict(str(refusal)) from None
        return Response(DraftSerializer(made).data)
