"""/api/v1/usage/: what was used, by day, key, provider, model or profile; JSON or CSV."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from lakehouse.gateway.models import Call
from lakehouse.observing import report, usage
from lakehouse.observing.asking import PARAMETERS, Asked, asked
from providers.api.query import refuse_others
from providers.permissions import ModelPermissions

_ENDS = (
    "Milliseconds: the upper end of the bucket that this share of the calls is within, so no "
    "call of the share took longer. 600000 stands for longer ones too."
)


class CsvRenderer(BaseRenderer):
    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> str:
        return report.as_csv(data["by"], data["results"], data["totals"])


class MeasuresSerializer(serializers.Serializer[Any]):
    calls = serializers.IntegerField(help_text="Those that ended.")
    failed = serializers.IntegerField(help_text="Failed, broke off, or ended by a shutdown.")
    errors_share = serializers.FloatField(help_text="failed / calls.")
    input_tokens = serializers.IntegerField()
    cached_tokens = serializers.IntegerField()
    cache_write_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    reasoning_tokens = serializers.IntegerField()
    cost = serializers.CharField(help_text="US dollars, as far as prices are known.")
    unpriced = serializers.IntegerField(help_text="Calls whose tokens have no known price.")
    mean_ms = serializers.FloatField(allow_null=True)
    p50_ms = serializers.IntegerField(allow_null=True, help_text=_ENDS)
    p95_ms = serializers.IntegerField(allow_null=True, help_text=_ENDS)
    p99_ms = serializers.IntegerField(allow_null=True, help_text=_ENDS)
    first_token_p50_ms = serializers.IntegerField(allow_null=True, help_text=_ENDS)
    first_token_p95_ms = serializers.IntegerField(allow_null=True, help_text=_ENDS)
    first_token_p99_ms = serializers.IntegerField(allow_null=True, help_text=_ENDS)


class UsageRowSerializer(MeasuresSerializer):
    """Of the first six, only those that it is grouped by."""

    day = serializers.DateField(required=False, help_text="Of the calls' start, UTC.")
    key = serializers.IntegerField(required=False, allow_null=True, help_text="Null: no key.")
    key_label = serializers.CharField(required=False, help_text="With key.")
    provider = serializers.CharField(required=False, help_text="Empty: none served it.")
    model = serializers.CharField(required=False)
    profile = serializers.CharField(required=False, help_text="Of execution. Empty: none.")


class UsageSerializer(serializers.Serializer[Any]):
    by = serializers.ListField(child=serializers.ChoiceField(choices=usage.BY))
    results = UsageRowSerializer(many=True)
    totals = MeasuresSerializer()

    def get_fields(self) -> dict[str, Any]:
        """`from` is no name that a class can give."""
        days = {"from": serializers.DateField(), "to": serializers.DateField()}
        return {**days, **super().get_fields()}


_WORDS = {
    "from": "The first day (UTC). Left out: 29 days before `to`.",
    "to": "The last day, counted too. Left out: today.",
    "by": f"Some of {', '.join(usage.BY)}, comma separated. Left out: day.",
    "key": "Only this key's calls, by its id; 0: calls without one.",
    "provider": "Only calls that this provider served.",
    "model": "Only calls that this model served.",
    "profile": "Only calls under this execution profile.",
    "output": "csv, or json as when left out. Accept: text/csv does it too.",
}
_TYPES = {"from": OpenApiTypes.DATE, "to": OpenApiTypes.DATE, "key": OpenApiTypes.INT}


@extend_schema(tags=["usage"])
class UsageViewSet(viewsets.GenericViewSet[Call]):
    queryset = Call.objects.none()  # whoever may see calls may see their sums
    permission_classes = [ModelPermissions]
    serializer_class = UsageSerializer
    renderer_classes = [JSONRenderer, CsvRenderer]
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        responses={(200, "application/json"): UsageSerializer, (200, "text/csv"): OpenApiTypes.STR},
        parameters=[
            OpenApiParameter(name, _TYPES.get(name, OpenApiTypes.STR), description=text)
            for name, text in _WORDS.items()
        ],
    )
    def list(self, request: Request) -> Response:
        """Calls, tokens, cost and latencies, added up; running calls are not counted yet."""
        refuse_others(request, self, (*PARAMETERS, "output"))
        if (output := request.query_params.get("output", "json")) not in ("json", "csv"):
            raise ValidationError({"output": [f'Write json or csv, not "{output[:40]}".']})
        wanted = asked(request.query_params)
        answer = Response(document(wanted))
        if isinstance(request.accepted_renderer, CsvRenderer):
            name = f"usage-{wanted.first}-{wanted.last}.csv"
            answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        if request.query_params.get("output") == "csv":
            return CsvRenderer(), CsvRenderer.media_type
        return super().perform_content_negotiation(request, force)

    def handle_exception(self, exc: Exception) -> Response:
        """A refusal is JSON, whatever was to be."""
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return super().handle_exception(exc)


def document(wanted: Asked) -> dict[str, Any]:
    """Raises ValidationError when it would be too long."""
    try:
        found = usage.of_days(wanted.by, wanted.first, wanted.last, wanted.only)
    except usage.TooMuch as error:
        raise ValidationError({"by": [str(error)]}) from None
    return {
        "from": wanted.first,
        "to": wanted.last,
        "by": list(wanted.by),
        "results": report.rows(found),
        "totals": report.measures(found.total),
    }
