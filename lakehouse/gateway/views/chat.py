"""POST /v1/chat, and /v1/chat/completions, which is the same; POST /v1/chat/explain."""

from uuid import UUID

import msgspec
from django.http import HttpRequest
from django.http.response import HttpResponseBase, StreamingHttpResponse
from drf_spectacular.utils import extend_schema

from lakehouse.gateway import live, schema
from lakehouse.gateway.dialect.request import decode_chat
from lakehouse.gateway.explain import explained
from lakehouse.gateway.line import answer_chat
from lakehouse.gateway.live import Principal
from lakehouse.gateway.services import running
from lakehouse.gateway.stream import ChatStream
from lakehouse.gateway.views.base import GatewayView, json_body, json_response, trace_in


class EventStream(StreamingHttpResponse):
    """A response whose body is our iterator itself, so that closing it ends the call."""

    def __init__(self, stream: ChatStream, headers: dict[str, str]) -> None:
        super().__init__(stream, content_type="text/event-stream", headers=headers)
        self.stream = stream
        self.headers["cache-control"] = "no-cache, no-transform"
        self.headers["x-accel-buffering"] = "no"


class ChatView(GatewayView):
    @extend_schema(
        operation_id="chat",
        summary="Chat with a model",
        tags=["gateway"],
        request=schema.CHAT,
        responses={200: schema.COMPLETION, "4XX": schema.ERROR, "5XX": schema.ERROR},
    )
    async def post(
        self, request: HttpRequest, principal: Principal, call_id: UUID
    ) -> HttpResponseBase:
        """OpenAI's chat dialect plus `provider`, `profile`, `ladder`, `sensitivity` and `strict`;
        streams when `stream` is true. `repair` sends an invalid answer's errors back so many
        times at most; what the last one fails is in `lakehouse.invalid`."""
        raw = json_body(request)
        body, trace = decode_chat(raw), trace_in(request, call_id)
        answer, headers = await answer_chat(running(), principal, call_id, body, raw, trace)
        if isinstance(answer, ChatStream):
            return EventStream(answer, headers)
        return json_response(answer, headers)


class CompletionsView(ChatView):
    """The same at OpenAI's own path, described by itself."""

    @extend_schema(
        operation_id="chat_completions",
        summary="Chat with a model, at OpenAI's path",
        tags=["gateway"],
        request=schema.CHAT,
        responses={200: schema.COMPLETION, "4XX": schema.ERROR, "5XX": schema.ERROR},
    )
    async def post(
        self, request: HttpRequest, principal: Principal, call_id: UUID
    ) -> HttpResponseBase:
        """As `/v1/chat`."""
        return await super().post(request, principal, call_id)


class ExplainView(GatewayView):
    limited = False

    @extend_schema(
        operation_id="chat_explain",
        summary="What a chat request would do now",
        tags=["gateway"],
        request=schema.CHAT,
        responses={200: schema.OBJECT, "4XX": schema.ERROR, "5XX": schema.ERROR},
    )
    async def post(
        self, request: HttpRequest, principal: Principal, call_id: UUID
    ) -> HttpResponseBase:
        """Profile, tries, parameters sent and dropped, keys present; no upstream is called."""
        body = decode_chat(json_body(request))
        found = explained(live.current(), principal, body, running().breakers)
        return json_response(msgspec.json.encode(found))
