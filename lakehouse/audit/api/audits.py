"""/api/v1/audits/: a diff is audited by a job; what came of it, and its findings.

Ranges and paths are for the shell only: no caller can have files of the server read.
"""

import time
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as FieldErrors
from django.db import connection
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from lakehouse.audit import ending, reporting, seeing, starting
from lakehouse.audit.api.shapes import (
    AuditSerializer,
    FindingSerializer,
    NewAuditSerializer,
    RateSerializer,
    ReportSerializer,
    url_of,
)
from lakehouse.audit.gathering import CannotGather, of_diff
from lakehouse.audit.models import AuditRun
from lakehouse.audit.rates import rates
from profiles.api.activating import wait_of
from providers.api.missing import TellsWhatIsMissing
from providers.api.pages import Pages
from providers.api.problems import Conflict
from providers.api.query import refuse_others
from providers.permissions import ModelPermissions

VIA = "rest"
POLL_SECS = 0.1
WAIT = OpenApiParameter("wait", float, description="Seconds to wait for its end, to 60")
REFUSED = OpenApiResponse(description="It is not in a state for that; the text says which.")


@extend_schema(tags=["audits"])
class AuditViewSet(TellsWhatIsMissing, mixins.ListModelMixin, viewsets.GenericViewSet[AuditRun]):
    """Newest first, up to the caller's clearance."""

    queryset = AuditRun.objects.all()
    serializer_class = AuditSerializer
    permission_classes = [ModelPermissions]
    pagination_class = Pages
    query_parameters: tuple[str, ...] = ()
    search_fields = ["scope", "revision"]
    ordering_fields = ["requested_at", "finished_at"]
    filterset_fields: ClassVar[dict[str, list[str]]] = {
        "state": ["exact"],
        "kind": ["exact"],
        "provider": ["exact"],
        "model": ["exact"],
        "requested_at": ["gte", "lt"],
    }

    def get_queryset(self) -> Any:
        return seeing.runs(self.request.user)

    @extend_schema(
        request=NewAuditSerializer,
        parameters=[WAIT],
        responses={202: AuditSerializer, 200: OpenApiResponse(AuditSerializer, "It has ended.")},
        filters=False,
    )
    def create(self, request: Request) -> Response:
        """Has a job audit a diff by the provider that is named. Location says where to look."""
        refuse_others(request, self, ("wait",))
        seconds = wait_of(request)
        sent = NewAuditSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        about = dict(sent.validated_data)
        try:
            gathered = of_diff(about.pop("diff").encode(), about.pop("name"))
        except CannotGather as error:
            raise ValidationError({"diff": [str(error)]}) from None
        asked = seeing.asked_by(request.user, label=about.pop("sensitivity"), **about)
        try:
            run = starting.start(gathered, asked, who=str(request.user), via=VIA)
        except FieldErrors as error:
            raise ValidationError(error.message_dict) from None
        return self._told(run, seconds)

    @extend_schema(parameters=[WAIT], filters=False)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One audit; with `wait`, once it has ended or so many seconds have passed."""
        self.query_parameters = ("wait",)
        wait(self.get_object(), wait_of(request))
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses=FindingSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], query_parameters=("page", "page_size"))
    def findings(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Those that stand on the code first, the gravest of them before the others."""
        rows = self.get_object().findings.select_related("run").gravest_first()
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(FindingSerializer(page or [], many=True).data)

    @extend_schema(responses=ReportSerializer)
    @action(detail=True, methods=["get"], pagination_class=None)
    def report(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The report in Markdown, as it is written for what is known now."""
        run = self.get_object()
        return Response({"name": reporting.name(run), "markdown": reporting.report(run)})

    @extend_schema(request=None, responses={200: AuditSerializer, 409: REFUSED})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """It stops within a second or two; what was found is kept."""
        return self._act(ending.cancel)

    @extend_schema(request=None, responses={202: AuditSerializer, 409: REFUSED})
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A job goes on with what was not asked or failed; what is done is not asked again."""
        return self._act(ending.resume)

    @extend_schema(responses=RateSerializer(many=True), filters=False)
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[])
    def rates(self, request: Request) -> Response:
        """By day, provider and model: how much was grounded, and found worth acting on."""
        refuse_others(request, self)
        found = rates(seeing.limit_of(request.user))
        return Response(RateSerializer(found, many=True).data)

    def _act(self, verb: Any) -> Response:
        try:
            run = verb(self.get_object(), who=str(self.request.user))
        except ending.NotPossible as error:
            raise Conflict(str(error)) from None
        return self._told(run, 0)

    def _told(self, run: AuditRun, seconds: float) -> Response:
        wait(run, seconds)
        row = self.get_queryset().get(pk=run.pk)
        code = 200 if row.ended else 202
        return Response(self.get_serializer(row).data, code, headers={"Location": url_of(row)})


def wait(run: AuditRun, seconds: float) -> None:
    """Until it has ended, or so many seconds have passed."""
    until = time.monotonic() + seconds
    pending = AuditRun.objects.open().filter(pk=run.pk)
    while (left := until - time.monotonic()) > 0 and pending.exists():
        if not connection.in_atomic_block:
            connection.close()  # whoever waits holds none of the pool's
        time.sleep(min(POLL_SECS, left))
