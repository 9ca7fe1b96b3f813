"""POST /api/v1/retrieval/search: what a call with this key would be given, and why."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from profiles.labelled import clearance_of
from profiles.looking import Asked, Looked, Refused, look
from profiles.retrieval.lexical import LONGEST
from profiles.retrieval.model import MOST
from profiles.retrieval.passages import Passage, Traced
from providers.api.known_fields import KnownFields
from providers.api.query import refuse_others
from providers.models import Clearance


class KeyOrStaff(BasePermission):
    """Any API key, or a member of staff: each sees no more than what a call of his would get."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        with_key = request.auth is not None
        return bool(
            user and user.is_authenticated and user.is_active and (with_key or user.is_staff)
        )


class SearchSerializer(KnownFields):
    query = serializers.CharField(max_length=LONGEST)
    profile = serializers.CharField(
        required=False, help_text="A retrieval profile. Without it, the live one."
    )
    memory = serializers.CharField(
        required=False, help_text="A memory profile. Without it, the live one."
    )
    provider = serializers.CharField(
        required=False, help_text="Whom the passages would go to: its clearance limits, too."
    )
    sensitivity = serializers.ChoiceField(
        Clearance.choices, default=Clearance.PUBLIC, help_text="The query's own label."
    )
    top = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST,
        help_text="Passages kept, in place of the profile's rerank_top_k.",
    )


class PassageSerializer(serializers.Serializer[Passage]):
    document = serializers.UUIDField()
    chunk = serializers.IntegerField(help_text="Its position in the document, from 0.")
    title = serializers.CharField()
    heading = serializers.CharField()
    text = serializers.CharField()
    label = serializers.CharField(  # type: ignore[assignment]
        help_text='"" counts as restricted.'
    )
    dated = serializers.DateField(allow_null=True)
    score = serializers.FloatField()
    stale = serializers.BooleanField()


class TracedSerializer(serializers.Serializer[Traced]):
    document = serializers.UUIDField()
    chunk = serializers.IntegerField()
    title = serializers.CharField()
    ranks = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="From 1, by stage: lexical, vector, fused, reranked, final.",
    )
    scores = serializers.DictField(child=serializers.FloatField())
    dropped = serializers.CharField(
        help_text='"" for a passage, else what it fell to: top_k, score_threshold, rerank_top_k.'
    )


class FoundSerializer(serializers.Serializer[Looked]):
    mode = serializers.CharField(source="found.mode", help_text="lexical or hybrid")
    limit = serializers.CharField(help_text="The highest label that was looked at.")
    profile = serializers.CharField(help_text="name@revision")
    memory = serializers.CharField(help_text="name@revision")
    notes = serializers.ListField(source="found.notes", child=serializers.CharField())
    passages = PassageSerializer(source="found.passages", many=True)
    trace = TracedSerializer(source="found.trace", many=True)


class SearchView(APIView):
    permission_classes = [KeyOrStaff]

    @extend_schema(
        tags=["retrieval"],
        operation_id="retrieval_search",
        request=SearchSerializer,
        responses=FoundSerializer,
    )
    def post(self, request: Request) -> Response:
        """Passages, best first, and how each candidate fared. Nothing above the caller's label."""
        refuse_others(request, self)
        body = SearchSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        may_use = getattr(request.auth, "may_use", None)
        asked = Asked(
            text=said.pop("query"),
            clearance=clearance_of(request.user),
            allowed=may_use or (lambda _name: True),
            **said,
        )
        try:
            return Response(FoundSerializer(look(asked)).data)
        except Refused as error:
            raise ValidationError({error.field: [str(error)]}) from None
