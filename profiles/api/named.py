"""Reading and writing rows by name, with an ETag; profiles and ladders say what is theirs."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db import models
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from profiles import revisions
from profiles.activation.locking import in_transaction
from profiles.api import preconditions
from profiles.api.problems import told
from profiles.editing import Stale
from providers.api.pages import Pages
from providers.api.problems import Conflict
from providers.permissions import ModelPermissions
from providers.suggest import shown, suggestion

TRIES = 10
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


class NamedViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    permission_classes = [ModelPermissions]
    pagination_class = Pages
    lookup_field = "name"
    lookup_value_regex = "[a-z][a-z0-9_-]*"
    ordering = ["name"]
    # Shown, and ignored in a document that is sent back.
    read_only: ClassVar[tuple[str, ...]]

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
        here = reverse(f"{self.basename}-detail", args=[row.name])
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
            bound = preconditions.require(request, row.name, self.etag(row))
            self.remove(row, self.version(row) if bound else None)

        self.written(request, drop)
        return Response(status=204)

    def change(self, request: Request, base: dict[str, Any]) -> Response:
        """Against the row as it is; without If-Match, again when it changed meanwhile."""

        def alter() -> Any:
            row = self.get_object()
            bound = preconditions.require(request, row.name, self.etag(row))
            values = base | ({"name": row.name} if base else {}) | self.document(request, row)
            try:
                self.store(row, values, self.version(row))
            except Stale:
                if bound:
                    raise
                return None
            return row

        for _ in range(TRIES):
            if row := self.written(request, alter):
                return self.answer(self.stored(row))
        raise Conflict(f"{self.kwargs['name']} is being saved by others all the time. Try again.")

    # --- its steps ---

    def get_object(self) -> Any:
        """Raises NotFound, with the nearest name."""
        try:
            return super().get_object()
        except Http404:
            model, name = self.get_queryset().model, self.kwargs["name"]
            names = list(model.objects.order_by("name").values_list("name", flat=True))
            what = f'There is no {model._meta.verbose_name} "{shown(name)}".'
            raise NotFound(f"{what} {suggestion(shown(name), names)}") from None

    def document(self, request: Request, row: Any = None) -> dict[str, Any]:
        """What the body sets. Raises ValidationError."""
        if not isinstance(request.data, Mapping):
            text = 'Write an object, like {"description": "…"}.'
            raise ValidationError({"non_field_errors": [text]})
        return {key: value for key, value in request.data.items() if key not in self.read_only}

    def written(self, request: Request, work: Callable[[], Any]) -> Any:
        """`work` in one transaction, by whoever asks; refusals become answers."""
        with told(), revisions.acting(str(request.user), "rest"):
            return in_transaction(work)

    def stored(self, row: models.Model) -> Any:
        """The row anew, as the answer shows it."""
        return get_object_or_404(self.get_queryset(), pk=row.pk)

    def etag(self, row: Any) -> str:
        return f'"{self.version(row)}"'

    def answer(
        self, row: Any, status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        document = self.get_serializer(row).data
        return Response(document, status, headers={"ETag": self.etag(row), **(headers or {})})
