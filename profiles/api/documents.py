"""/api/v1/documents/: what calls may be told, within the gate.

Whoever asks sees documents up to their clearance: what is above does not exist for them,
in lists, counts and searches neither.
"""

from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from profiles.api import arriving
from profiles.api.document_adding import AddingRoute
from profiles.api.document_filters import DocumentFilters
from profiles.api.document_shapes import (
    ChunkSerializer,
    DocumentSerializer,
    DocumentTextSerializer,
)
from profiles.api.problems import told
from profiles.library import changing, seeing, staleness
from profiles.retrieval.document import Document
from providers.api.missing import TellsWhatIsMissing
from providers.api.pages import Pages
from providers.permissions import ModelPermissions


@extend_schema(tags=["documents"])
class DocumentViewSet(
    TellsWhatIsMissing,
    AddingRoute,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Document],
):
    queryset = Document.objects.all()
    serializer_class = DocumentSerializer
    permission_classes = [ModelPermissions]
    pagination_class = Pages
    query_parameters = ()
    filterset_class = DocumentFilters
    search_fields = ["title", "source"]
    ordering_fields = ["title", "dated", "created", "updated", "chunk_count", "harmful"]
    ordering = ["-created", "id"]

    @cached_property
    def oldest_fresh(self) -> date:
        """What the shape of a document asks for, once a request."""
        return staleness.oldest_fresh()

    def get_parsers(self) -> Any:
        return super().get_parsers() if self.detail else [parser() for parser in arriving.PARSERS]

    def get_queryset(self) -> Any:
        user = self.request.user
        cited = Prefetch("playbooks", seeing.playbooks(user))
        return seeing.documents(user).prefetch_related(cited)

    @extend_schema(request=DocumentSerializer, responses=DocumentSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Sets title, label, dated or owner. Label and date hold for every later call at once."""
        row = self.get_object()
        sent = DocumentSerializer(
            row, request.data, partial=True, context=self.get_serializer_context()
        )
        sent.is_valid(raise_exception=True)
        with told():
            changing.change(request.user, row.pk, sent.validated_data)
        return Response(self.shown(row.pk))

    def destroy(self, request: Request, pk: str) -> Response:
        """Deletes the document and its chunks, really and at once."""
        if not changing.remove(request.user, [self.get_object().pk]):
            raise NotFound("It was deleted at the same moment.")
        return Response(status=204)

    @extend_schema(responses=DocumentTextSerializer)
    @action(detail=True, methods=["get"], pagination_class=None)
    def text(self, request: Request, pk: str) -> Response:
        """Its extracted text, empty until it is ingested."""
        row = self.get_object()
        row.refresh_from_db(fields=["text", "state"])
        return Response(DocumentTextSerializer(row).data)

    @extend_schema(responses=ChunkSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], query_parameters=("page", "page_size"))
    def chunks(self, request: Request, pk: str) -> Response:
        """The passages that are searched, in their order."""
        rows = self.get_object().chunks.order_by("position").select_related("space")
        page = self.paginate_queryset(rows.defer("words", "embedding"))
        return self.get_paginated_response(ChunkSerializer(page or [], many=True).data)

    def shown(self, pk: UUID) -> Any:
        """A document as answers have it, read anew."""
        return self.get_serializer(get_object_or_404(self.get_queryset(), pk=pk)).data
