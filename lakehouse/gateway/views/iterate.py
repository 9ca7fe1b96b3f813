"""POST /v1/iterate: ask until the answer is valid, or the iterations are used up."""

from uuid import UUID

import msgspec
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema

from lakehouse.gateway import schema
from lakehouse.gateway.dialect.decoding import decode
from lakehouse.gateway.dialect.validating import IterateBody
from lakehouse.gateway.line import answer_chat
from lakehouse.gateway.live import Principal
from lakehouse.gateway.services import running
from lakehouse.gateway.views.base import GatewayView, json_body, json_response, trace_in

_decoder = msgspec.json.Decoder(IterateBody)


class IterateView(GatewayView):
    http_method_names = ["post"]

    @extend_schema(
        operation_id="iterate",
        summary="Ask until the answer is valid",
        tags=["gateway"],
        request=schema.ITERATE,
        responses={
            200: schema.ITERATION,
            422: schema.NOT_CONVERGED,
            "4XX": schema.ERROR,
            "5XX": schema.ERROR,
        },
    )
    async def post(
        self, request: HttpRequest, principal: Principal, call_id: UUID
    ) -> HttpResponseBase:
        """A chat's body with `validators` and `max_iterations` (1 to 5, 3 by default): how often
        the errors of an answer are sent back. 422 with the last answer and the errors of all
        where none is valid."""
        raw = json_body(request)
        body, trace = decode(raw, _decoder), trace_in(request, call_id)
        answer, headers = await answer_chat(running(), principal, call_id, body, raw, trace)
        assert isinstance(answer, bytes)  # stream is refused
        return json_response(answer, headers)
