"""/api/v1/playbooks/: procedures that worked, within the gate.

Whoever asks sees those whose reach is within his clearance, and no other exists for him: a
title that only a hidden one has is free.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from profiles.api.named import NamedViewSet
from profiles.api.playbook_acting import ActingRoutes
from profiles.api.playbook_filters import PlaybookFilters
from profiles.api.playbook_shapes import PlaybookEventSerializer, PlaybookSerializer
from profiles.labelled import clearance_of
from profiles.memory import staleness, writing
from profiles.memory.embedding import embed
from profiles.memory.playbook import Playbook
from profiles.retrieval.document import Document
from providers.endpoint import rank

CITED = Prefetch("documents", Document.objects.only("pk").order_by("pk"))


@extend_schema(tags=["playbooks"])
class PlaybookViewSet(ActingRoutes, NamedViewSet):
    queryset = Playbook.objects.with_reach().defer("words", "embedding").prefetch_related(CITED)
    serializer_class = PlaybookSerializer
    filterset_class = PlaybookFilters
    lookup_field = "pk"
    search_fields = ["title", "task", "steps", "tags", "owner"]
    ordering_fields = ["title", "helpful", "harmful", "reviewed", "created", "updated"]
    ordering = ["title", "id"]

    @cached_property
    def oldest_fresh(self) -> datetime:
        """What the shape of a playbook asks for, once a request."""
        return staleness.oldest_fresh()

    def get_queryset(self) -> Any:
        return super().get_queryset().up_to(rank(clearance_of(self.request.user)))

    def blank(self) -> Playbook:
        return Playbook()

    def defaults(self) -> dict[str, Any]:
        return writing.values_of(Playbook())

    def version(self, row: Playbook) -> datetime:
        return row.updated

    def etag(self, row: Playbook) -> str:
        return f'"{row.updated.isoformat()}"'

    def store(self, row: Playbook, values: Mapping[str, Any], expected: datetime | None) -> None:
        draft = writing.filled(row, values, clearance_of(self.request.user))
        writing.save(draft, expected, who=str(self.request.user), via="rest")

    def remove(self, row: Playbook, expected: datetime | None) -> None:
        writing.delete(row, expected)

    def written(self, request: Request, work: Any) -> Any:
        """With its vector, for which its provider is asked once the row is committed."""
        row = super().written(request, work)
        self.note = embed(row) if row is not None else ""
        return row

    @extend_schema(responses=PlaybookEventSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], query_parameters=("page", "page_size"))
    def events(self, request: Request, pk: str) -> Response:
        """What changed its state, the newest first: when, who and why."""
        page = self.paginate_queryset(self.get_object().events.all())
        return self.get_paginated_response(PlaybookEventSerializer(page or [], many=True).data)
