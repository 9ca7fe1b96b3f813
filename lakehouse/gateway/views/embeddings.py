"""POST /v1/embeddings."""

import asyncio
import base64
import struct
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema

from lakehouse import errors
from lakehouse.errors import ApiError
from lakehouse.gateway import live, ruled_embedding, schema
from lakehouse.gateway.call import CLIENT_GONE, CallInFlight
from lakehouse.gateway.dialect.body import EmbeddingBody
from lakehouse.gateway.dialect.decoding import bad
from lakehouse.gateway.dialect.request import decode_embedding
from lakehouse.gateway.live import Principal
from lakehouse.gateway.route import route
from lakehouse.gateway.services import running
from lakehouse.gateway.views.base import GatewayView, json_body, json_response, trace_in
from providers import adapters, secrets
from providers.asking import embed
from providers.errors import ErrorKind, ProviderError, failure
from providers.messages import EmbeddingRequest, EmbeddingResult, Usage


class EmbeddingsView(GatewayView):
    @extend_schema(
        operation_id="embeddings",
        summary="Turn texts into vectors",
        tags=["gateway"],
        request=schema.EMBEDDING,
        responses={200: schema.LIST, "4XX": schema.ERROR, "5XX": schema.ERROR},
    )
    async def post(
        self, request: HttpRequest, principal: Principal, call_id: UUID
    ) -> HttpResponseBase:
        """OpenAI's embeddings, as numbers or base64 (little-endian float32)."""
        body = decode_embedding(json_body(request))
        call = CallInFlight(
            running(),
            principal,
            "embeddings",
            call_id,
            model_asked=body.model or body.provider or "",
            trace=trace_in(request, call_id),
        )
        document = await _embedded(call, body)
        return json_response(document, call.headers)


async def _embedded(call: CallInFlight, body: EmbeddingBody) -> bytes:
    """The answer's bytes. Raises ApiError; by then the call is closed and recorded."""
    try:
        rung = route(live.current(), call.principal, body.provider, body.model)
        asked = ruled_embedding.before(call, rung, _neutral(body, rung.model))
        endpoint = rung.endpoint
        await call.begin_attempt(rung)
        secret = secrets.resolve(endpoint).reveal()
        adapter = adapters.get(endpoint.kind)
        result = await embed(call.onward(1), adapter, endpoint, asked, secret)
        document = _document(result, body.encoding_format or "float")
    except ProviderError as error:
        refused = errors.from_failure(error.failure)
        await call.end("failed", refused.status, failure=error.failure)
        raise refused from error
    except ApiError as error:
        await call.end("failed", error.status, error=error.code, message=error.message)
        raise
    except asyncio.CancelledError:
        if not call.shutting_down:
            await call.end("client_closed", CLIENT_GONE)
            raise
        call.swallow_cancel()
        stopping = errors.shutting_down()
        await call.end("shutdown", stopping.status, error=stopping.code)
        raise stopping from None
    except Exception as error:
        await call.end("failed", 500, error="internal", message=type(error).__name__)
        raise
    call.answer.usage = Usage(input=result.input_tokens)
    call.headers["x-lakehouse-provider"] = endpoint.name
    if result.dropped:
        call.row.dropped = list(result.dropped)
        call.headers["x-lakehouse-dropped"] = ", ".join(result.dropped)
    await call.end("complete", 200)
    return document


def _neutral(body: EmbeddingBody, model: str) -> EmbeddingRequest:
    """Texts, or lists of token ids; one list of ids is one input. Raises ApiError(400)."""
    items: list[Any] = [body.input] if isinstance(body.input, str) else list(body.input)
    if all(isinstance(item, int) for item in items):
        items = [items]
    for number, item in enumerate(items):
        if type(item) is not type(items[0]) or isinstance(item, int):
            raise bad("input mixes texts, numbers and lists. Send one kind.", f"input[{number}]")
        if not item:
            raise bad(f"input[{number}] is empty.", f"input[{number}]")
    inputs = tuple(items) if isinstance(items[0], str) else tuple(tuple(item) for item in items)
    return EmbeddingRequest(model, inputs, body.dimensions, body.user)


def _document(result: EmbeddingResult, encoding: str) -> bytes:
    """Raises ProviderError(protocol) for numbers that base64's float32 cannot hold."""

    def vector(values: list[float]) -> list[float] | str:
        if encoding == "float":
            return values
        try:
            return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
        except OverflowError:
            text = f"{result.model} gave numbers that are too large for a vector."
            raise ProviderError(failure(ErrorKind.PROTOCOL, text)) from None

    return msgspec.json.encode(
        {
            "object": "list",
            "data": [
                {"object": "embedding", "index": i, "embedding": vector(v)}
                for i, v in enumerate(result.vectors)
            ],
            "model": result.model,
            "usage": {"prompt_tokens": result.input_tokens, "total_tokens": result.input_tokens},
        }
    )
