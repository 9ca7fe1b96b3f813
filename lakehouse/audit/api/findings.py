"""/api/v1/findings/: findings of all audits, and what people say of them."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from lakehouse.audit import marking, seeing
from lakehouse.audit.api.shapes import FindingSerializer, MarkSerializer
from lakehouse.audit.models import Finding
from providers.api.missing import TellsWhatIsMissing
from providers.api.problems import Conflict
from providers.permissions import ModelPermissions

NO_CLAIM = OpenApiResponse(description="A file that was not audited is no claim to judge.")


@extend_schema(tags=["audits"])
class FindingViewSet(TellsWhatIsMissing, viewsets.ReadOnlyModelViewSet[Finding]):
    """Up to the caller's clearance; grounded ones first, the gravest of them before the others."""

    queryset = Finding.objects.all()
    serializer_class = FindingSerializer
    permission_classes = [ModelPermissions]
    search_fields = ["path", "claim"]
    ordering_fields = ["id", "path"]
    filterset_fields: ClassVar[dict[str, list[str]]] = {
        "run": ["exact"],
        "run__provider": ["exact"],
        "run__model": ["exact"],
        "kind": ["exact"],
        "severity": ["exact"],
        "grounding": ["exact"],
        "mark": ["exact"],
        "path": ["exact"],
    }

    def get_queryset(self) -> Any:
        return seeing.findings(self.request.user).gravest_first()

    @extend_schema(request=MarkSerializer, responses={200: FindingSerializer, 409: NO_CLAIM})
    @action(detail=True, methods=["post"])
    def mark(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Says that it is actionable, that it is not, or takes that back."""
        finding = self.get_object()
        sent = MarkSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        if finding.kind != Finding.Kind.CLAIM:
            raise Conflict("It says that a file was not audited: there is no claim to judge.")
        marking.mark([finding.pk], sent.validated_data["mark"], who=str(request.user))
        return Response(FindingSerializer(self.get_object()).data)
