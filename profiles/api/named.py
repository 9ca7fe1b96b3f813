"""Reading and writing rows with an ETag; profiles, ladders and playbooks say what is theirs."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import models
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from profiles import revisions
from profiles.activation.locking import in_transaction
from profiles.api import preconditions
from profiles.api.problems import told
from providers.api.missing import TellsWhatIsMissing
from providers.api.pages import Pages
from providers.permissions import ModelPermissions

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='Write only if this is still the state: the ETag as answered, like "3". '
    "Otherwise the answer is 412 and nothing is written.",
)
ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200, 201], description="For If-Match."
)


class NamedViewSet(TellsWhatIsMissing, mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    permission_classes = [ModelPermissions]
    pagination_class = Pages
    lookup_field = "name"
    query_parameters = ()
    ordering = ["name"]

    # --- what a subclass knows ---

    def blank(self) -> Any:
        """A new row."""
        raise NotImplementedError

    def defaults(self) -> dict[str, Any]:
        """What a PUT sets where it says nothing."""
        raise NotImplementedError

    def version(self, row: Any) -> Any:
        """What `store` and `remove` expect the row to be at."""
        raise NotImplementedError

    def store(self, row: Any, values: Mapping[str, Any], expected: Any) -> None:
        """Checks and saves. Raises ValidationError, Stale, DoesNotExist."""
        raise NotImplementedError

    def remove(self, row: Any, expected: Any) -> None:
        """Raises InUse, Stale, DoesNotExist."""
        raise NotImplementedError

    # --- the routes ---

    @extend_schema(parameters=[ETAG])
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        def make() -> Any:
            row = self.blank()
            self.store(row, self.document(request), None)
            return row

        row = self.written(request, make)
        here = reverse(f"{self.basename}-detail", args=[getattr(row, self.lookup_field)])
        return self.answer(self.stored(row), status=201, headers={"Location": here})

    @extend_schema(parameters=[ETAG])
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.answer(self.get_object())

    @extend_schema(parameters=[IF_MATCH, ETAG])
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Sets every field, those that are left out to their defaults."""
        return self.change(request, self.defaults())

    @extend_schema(parameters=[IF_MATCH, ETAG])
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Sets the fields that are named, and no other."""
        return self.change(request, {})

    @extend_schema(parameters=[IF_MATCH])
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        def drop() -> None:
            row = self.get_object()
            preconditions.require(request, str(row), self.etag(row))
            self.remove(row, self.version(row))

        self.written(request, drop)
        return Response(status=204)

    def change(self, request: Request, base: dict[str, Any]) -> Response:
        def alter() -> Any:
            row = self.get_object()
            preconditions.require(request, str(row), self.etag(row))
            kept = {"name": row.name} if base and self.lookup_field == "name" else {}
            values = base | kept | self.document(request, row)
            self.store(row, values, self.version(row))
            return row

        return self.answer(self.stored(self.written(request, alter)))

    # --- its steps ---

    def get_queryset(self) -> Any:
        """For a change, with the lock that writing it takes anyway: what is read stays true."""
        rows: Any = super().get_queryset()
        if self.action in ("update", "partial_update"):
            return rows.select_for_update(of=("self",), no_key=True)
        return rows.select_for_update(of=("self",)) if self.action == "destroy" else rows

    def document(self, request: Request, row: Any = None) -> dict[str, Any]:
        """What the body sets, read-only fields left out. Raises ValidationError."""
        if not isinstance(request.data, Mapping):
            text = 'Write an object, like {"description": "…"}.'
            raise ValidationError({"non_field_errors": [text]})
        shown: Any = self.get_serializer(row, partial=request.method == "PATCH")
        kept = {name for name, field in shown.fields.items() if field.read_only}
        told = {n: shown.refusal(n, v) for n, v in request.data.items() if n in kept}
        if refused := {name: [text] for name, text in told.items() if text}:
            raise ValidationError(refused)
        return {name: value for name, value in request.data.items() if name not in kept}

    def written(self, request: Request, work: Callable[[], Any]) -> Any:
        """`work` in one transaction, by whoever asks; refusals become answers."""
        with told(), revisions.acting(str(request.user), "rest"):
            return in_transaction(work)

    def stored(self, row: models.Model) -> Any:
        """The row anew, as the answer shows it."""
        return get_object_or_404(super().get_queryset(), pk=row.pk)

    def etag(self, row: Any) -> str:
        return f'"{self.version(row)}"'

    def answer(
        self, row: Any, status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        document = self.get_serializer(row).data
        return Response(document, status, headers={"ETag": self.etag(row), **(headers or {})})
