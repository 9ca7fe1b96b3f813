"""POST /v1/chat/{call_id}/feedback: was the answer helpful or harmful?"""

from uuid import UUID

import msgspec
from django.db import Error
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema

from lakehouse.errors import ApiError
from lakehouse.gateway import live, schema
from lakehouse.gateway.dialect.body import FeedbackBody
from lakehouse.gateway.dialect.decoding import decode
from lakehouse.gateway.knowledge import feedback
from lakehouse.gateway.live import Principal
from lakehouse.gateway.views.base import GatewayView, json_body, json_response
from profiles.activation.locking import TryAgain
from profiles.memory.judging import Judged

_decoder = msgspec.json.Decoder(FeedbackBody)


class FeedbackView(GatewayView):
    http_method_names = ["post"]
    limited = False

    @extend_schema(
        operation_id="chat_feedback",
        summary="Say whether an answer helped",
        tags=["gateway"],
        request=schema.FEEDBACK,
        responses={200: schema.OBJECT, "4XX": schema.ERROR, "5XX": schema.ERROR},
    )
    async def post(
        self, request: HttpRequest, principal: Principal, call_id: UUID, judged: UUID
    ) -> HttpResponseBase:
        """Counts for the playbooks and documents that served the call. The same again changes
        nothing; another verdict replaces the first."""
        body = decode(json_body(request), _decoder)
        try:
            found = await feedback.told(live.current(), principal, judged, body.verdict, body.note)
        except (Error, TryAgain) as error:
            text = "The feedback was not kept: the database is away or busy. Send it again soon."
            raise ApiError(503, "database_away", text, retry_after=2) from error
        return json_response(msgspec.json.encode(_document(judged, body, found)))


def _document(judged: UUID, body: FeedbackBody, found: Judged) -> dict[str, object]:
    return {
        "object": "lakehouse.feedback",
        "call": str(judged),
        "verdict": body.verdict,
        **msgspec.to_builtins(found),
    }
