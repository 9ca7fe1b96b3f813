"""POST …/{id}/activate/ and its kin: what moves a playbook from state to state."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from profiles.api.playbook_shapes import PlaybookSerializer, ReasonSerializer
from profiles.api.problems import told
from profiles.labelled import clearance_of
from profiles.memory import states
from profiles.memory.embedding import embed
from providers.api.problems import Conflict
from providers.api.query import refuse_others
from providers.endpoint import rank

route = action(detail=True, methods=["post"], pagination_class=None)
described = extend_schema(
    request=ReasonSerializer,
    responses={
        200: PlaybookSerializer,
        409: OpenApiResponse(description="Its state does not allow it."),
    },
)


class ActingRoutes(GenericViewSet[Any]):
    note = ""

    @described
    @route
    def activate(self, request: Request, pk: str) -> Response:
        """A draft becomes active: calls get it."""
        return self._act("activate", request)

    @described
    @route
    def retire(self, request: Request, pk: str) -> Response:
        """Hides it from calls until a person restores it."""
        return self._act("retire", request)

    @described
    @route
    def restore(self, request: Request, pk: str) -> Response:
        """Brings back what was retired. Its counts start anew; the event keeps the old ones."""
        return self._act("restore", request)

    @described
    @route
    def pin(self, request: Request, pk: str) -> Response:
        """No feedback retires it, and it comes first among those that are as near."""
        return self._act("pin", request)

    @described
    @route
    def unpin(self, request: Request, pk: str) -> Response:
        """It is active like any other."""
        return self._act("unpin", request)

    @described
    @route
    def review(self, request: Request, pk: str) -> Response:
        """Says that it is still right: it is no longer stale."""
        return self._act("review", request)

    def _act(self, verb: str, request: Request) -> Response:
        refuse_others(request, self)
        sent = ReasonSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        reason = sent.validated_data.get("reason", "")
        row, limit = self.get_object(), rank(clearance_of(request.user))
        who = str(request.user)
        with told():
            try:
                moved = states.act(verb, row, who=who, via="rest", reason=reason, limit=limit)
            except states.NotNow as refusal:
                raise Conflict(str(refusal)) from None
        self.note = embed(moved) if verb in ("activate", "restore") else ""
        return self.answer(self.stored(moved))  # type: ignore[attr-defined,no-any-return]
