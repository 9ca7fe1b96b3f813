"""/api/v1/ladders/: ladders, each written whole with its rungs. A change is in force at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from profiles.api.named import NamedViewSet
from profiles.ladder import editing
from profiles.ladder.model import Ladder, Rung


class RungSerializer(serializers.ModelSerializer[Rung]):
    provider = serializers.CharField(
        source="provider_id", help_text="One that may be called unattended."
    )
    parameters = serializers.DictField(
        required=False, help_text=Rung._meta.get_field("parameters").help_text
    )

    class Meta:
        model = Rung
        fields = editing.RUNG_FIELDS


class LadderSerializer(serializers.ModelSerializer[Ladder]):
    """Tries after the first, in their order."""

    # For answers and the schema: what is written is checked by `profiles.ladder.editing`.

    rungs = RungSerializer(
        many=True,
        required=False,
        help_text="In the order in which they are tried, at most nine.",
    )

    class Meta:
        model = Ladder
        fields = (*editing.FIELDS, "rungs", "created", "updated")


@extend_schema(tags=["ladders"])
class LadderViewSet(NamedViewSet):
    queryset = Ladder.objects.prefetch_related("rungs")
    serializer_class = LadderSerializer
    read_only = ("created", "updated")
    filterset_fields = {"owner": ["exact"], "rungs__provider": ["exact"]}
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
