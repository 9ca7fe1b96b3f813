"""/api/v1/ladders/: ladders, each written whole with its rungs. A change is in force at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from profiles.api.named import NamedViewSet
from profiles.ladder import editing
from profiles.ladder.model import Ladder, Rung
from providers.api.known_fields import KnownFields
from providers.models import Provider


class Overrides(serializers.DictField):
    def to_representation(self, value: Any) -> Any:
        """As it is stored, though it were no object."""
        return super().to_representation(value) if isinstance(value, dict) else value


class RungSerializer(serializers.ModelSerializer[Rung]):
    provider = serializers.CharField(
        source="provider_id", help_text="One that may be called unattended."
    )
    parameters = Overrides(required=False, help_text=Rung._meta.get_field("parameters").help_text)

    class Meta:
        model = Rung
        fields = editing.RUNG_FIELDS


class LadderSerializer(KnownFields, serializers.ModelSerializer[Ladder]):
    """Tries after the first, in their order."""

    # For answers, the schema, and what is read only: `profiles.ladder.editing` checks the rest.
    moving = ("updated",)

    rungs = RungSerializer(
        many=True,
        required=False,
        help_text="In the order in which they are tried, at most nine.",
    )

    class Meta:
        model = Ladder
        fields = (*editing.FIELDS, "rungs", "created", "updated")


class LadderFilters(django_filters.FilterSet):  # type: ignore[misc]  # a package without types
    provider = django_filters.ModelChoiceFilter(
        field_name="rungs__provider",
        to_field_name="name",
        queryset=Provider.objects.all(),
        distinct=True,
        label="One that a rung names.",
    )

    class Meta:
        model = Ladder
        fields = ("name", "owner")


@extend_schema(tags=["ladders"])
class LadderViewSet(NamedViewSet):
    queryset = Ladder.objects.prefetch_related("rungs")
    serializer_class = LadderSerializer
    filterset_class = LadderFilters
    search_fields = ["name", "description", "owner"]
    ordering_fields = ["name", "owner", "created", "updated"]

    def blank(self) -> Ladder:
        return Ladder()

    def defaults(self) -> dict[str, Any]:
        return {name: getattr(Ladder(), name) for name in editing.FIELDS} | {"rungs": []}

    def version(self, row: Ladder) -> datetime:
        return row.updated

    def etag(self, row: Ladder) -> str:
        return f'"{row.updated.isoformat()}"'

    def store(self, row: Ladder, values: Mapping[str, Any], expected: datetime | None) -> None:
        editing.save(editing.filled(row, values), expected)

    def remove(self, row: Ladder, expected: datetime | None) -> None:
        editing.delete(row, expected)
