"""The routes of /api/v1/profiles/{kind}/, made for each kind from its model."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from profiles import editing
from profiles.api.activating import ActivatingRoute
from profiles.api.filters import filters_of
from profiles.api.history import HistoryRoutes
from profiles.api.named import NamedViewSet
from profiles.api.shapes import READ_ONLY, serializer_of
from profiles.base import Profile
from profiles.kinds import Kind, model_of

_MOVED = "Only an activation moves it: POST …/activate/."


@extend_schema(tags=["profiles"])
class ProfileViewSet(HistoryRoutes, ActivatingRoute, NamedViewSet):
    read_only = READ_ONLY
    ordering_fields = ["name", "owner", "live", "revision", "created", "updated"]

    def get_queryset(self) -> Any:
        rows: Any = super().get_queryset()
        return rows.with_activated() if self.action == "list" else rows

    def blank(self) -> Profile:
        made: Profile = self.get_queryset().model()
        return made

    def defaults(self) -> dict[str, Any]:
        return self.blank().values

    def version(self, row: Profile) -> int:
        return row.revision

    def store(self, row: Profile, values: Mapping[str, Any], expected: int | None) -> None:
        editing.save(editing.filled(row, values), expected)

    def remove(self, row: Profile, expected: int | None) -> None:
        editing.delete(row, expected)

    def document(self, request: Request, row: Profile | None = None) -> dict[str, Any]:
        values = super().document(request, row)
        if request.method == "PATCH" and row is not None:
            given: Any = request.data
            kept = {name: getattr(row, name) for name in ("live", "activated_revision")}
            if moved := [name for name in kept if given.get(name, kept[name]) != kept[name]]:
                raise ValidationError({name: [_MOVED] for name in moved})
        return values


def viewset_of(kind: Kind) -> type[ProfileViewSet]:
    model = model_of(kind)
    own = model.own_fields()
    body = {
        "queryset": model.objects.all(),
        "serializer_class": serializer_of(model),
        "filterset_class": filters_of(model),
        "search_fields": [n for n in ("name", "description", "owner", "model") if n in own],
        "__doc__": ProfileViewSet.__doc__,
    }
    return type(f"{kind.label}ProfileViewSet", (ProfileViewSet,), body)
