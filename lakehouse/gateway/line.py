"""The straight line of a call: route, prepare, climb, answer, observe."""

import asyncio
import time
import uuid

import msgspec
from django.conf import settings

from lakehouse import errors
from lakehouse.errors import ApiError
from lakehouse.gateway import live, ruling
from lakehouse.gateway.call import CLIENT_GONE, CallInFlight
from lakehouse.gateway.climb import Climb
from lakehouse.gateway.dialect.body import ChatBody
from lakehouse.gateway.dialect.chunks import ChunkWriter
from lakehouse.gateway.dialect.request import neutral
from lakehouse.gateway.knowledge.companions import companions
from lakehouse.gateway.knowledge.context import Context
from lakehouse.gateway.live import Principal
from lakehouse.gateway.plan import Plan, asked_of, plan
from lakehouse.gateway.repair import Loop
from lakehouse.gateway.ruling import Ruling
from lakehouse.gateway.services import Services
from lakehouse.gateway.stream import ChatStream
from lakehouse.gateway.traceparent import Trace
from profiles.execution.policy import shaped
from providers.errors import ProviderError
from providers.events import Event
from providers.messages import Request


async def answer_chat(
    services: Services,
    principal: Principal,
    call_id: uuid.UUID,
    body: ChatBody,
    raw: bytes,
    trace: Trace | None = None,
) -> tuple[bytes | ChatStream, dict[str, str]]:
    """The whole answer's bytes, or a stream that owns the call from here on, and headers.

    Raises ApiError; by then the call is closed and recorded.
    """
    call = CallInFlight(
        services,
        principal,
        "chat",
        call_id,
        model_asked=body.model or body.provider or body.profile or "",
        stream=bool(body.stream),
        trace=trace,
    )
    call.row.label = body.sensitivity or ""
    try:
        snapshot = live.current()
        planned = plan(snapshot, principal, asked_of(body))
        beside = companions(snapshot, planned.profile, body)
        call.follows(planned, beside)
        body, raw, ruled = ruling.before(call, planned, body, raw)
        if settings.LAKEHOUSE_STORE_CONTENT:
            call.keep_content(msgspec.Raw(raw), None)
        request = prepared(planned, body)
        context = None
        if beside.adds:
            context = Context(call, beside, body, request, snapshot.endpoints)
        climb = Climb(call, planned, request, context, strict=body.strict)
        loop = Loop(call, climb, planned, request, body, ruled)
        if body.stream:
            return await _stream(call, climb, loop, request, ruled), climb.headers
        return await _whole(call, climb, loop, ruled), call.headers
    except ProviderError as error:
        refused = errors.from_failure(error.failure, call.headers)
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
        await call.end("shutdown", stopping.status, error=stopping.code, message=stopping.message)
        raise stopping from None
    except Exception as error:
        await call.end("failed", 500, error="internal", message=type(error).__name__)
        raise


def prepared(planned: Plan, body: ChatBody) -> Request:
    """The neutral request as the profile shapes it. Raises ApiError(400)."""
    request = neutral(body, planned.tries[0].model)
    if body.repair:  # its answers are looked at whole, whoever streams the last one
        request = msgspec.structs.replace(request, stream=False)
    return request if planned.profile is None else shaped(request, planned.profile)


async def _whole(call: CallInFlight, climb: Climb, loop: Loop, ruled: Ruling | None) -> bytes:
    await loop.answered()
    if ruled is not None:
        await ruled.whole()
    told = loop.told()
    if settings.LAKEHOUSE_STORE_CONTENT:
        call.row.answer_text = call.answer.storable_text
    if climb.context is not None:
        if loop.converged:
            await climb.context.keep(call.answer.turn())
        told = (climb.context.told() or {}) | told
    answer_id, model = _answer_id(call), call.row.model
    document = call.answer.document(answer_id, int(time.time()), model, told or None)
    handed_over = await loop.handed_over(document)
    call.services.states.keep(call.principal.id, call.answer)
    await call.end("complete", 200)
    return handed_over


async def _stream(
    call: CallInFlight, climb: Climb, loop: Loop, request: Request, ruled: Ruling | None
) -> ChatStream:
    """Waits for the first content, so that an early error is a real status; not for ever."""
    opening = asyncio.create_task(loop.events() if loop.rounds else climb.begin())
    opening.add_done_callback(_heard)
    try:
        done, _ = await asyncio.wait({opening}, timeout=settings.LAKEHOUSE_STREAM_COMMIT_SECS)
    except asyncio.CancelledError:
        opening.cancel()
        await asyncio.wait({opening})
        raise
    if done and (error := opening.exception()):
        raise error
    return ChatStream(
        call,
        opening,
        ChunkWriter(_answer_id(call), int(time.time()), climb.model, request.include_usage),
        climb.context,
        ping_secs=settings.LAKEHOUSE_STREAM_PING_SECS,
        keep_text=settings.LAKEHOUSE_STORE_CONTENT,
        judge=loop.judged if loop.looks else None,
        ruled=ruled,
    )


def _heard(opening: "asyncio.Task[list[Event]]") -> None:
    """Its failure is told or nobody is left to tell: asyncio need not log it as unseen."""
    if not opening.cancelled():
        opening.exception()


def _answer_id(call: CallInFlight) -> str:
    return f"chatcmpl-{call.id.hex}"
