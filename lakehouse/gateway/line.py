"""The straight line of a call: route, prepare, climb, answer, observe."""

import asyncio
import time
import uuid

import msgspec
from django.conf import settings

from lakehouse import errors
from lakehouse.errors import ApiError
from lakehouse.gateway import live, ruling, verdict
from lakehouse.gateway.call import CLIENT_GONE, CallInFlight
from lakehouse.gateway.climb import Climb, one_line
from lakehouse.gateway.dialect.body import ChatBody
from lakehouse.gateway.dialect.chunks import ChunkWriter
from lakehouse.gateway.dialect.request import neutral
from lakehouse.gateway.knowledge.companions import companions
from lakehouse.gateway.knowledge.context import Context
from lakehouse.gateway.live import Principal
from lakehouse.gateway.plan import Plan, asked_of, plan
from lakehouse.gateway.ruling import Ruling
from lakehouse.gateway.services import Services
from lakehouse.gateway.stream import ChatStream
from lakehouse.gateway.traceparent import Trace
from profiles.execution.policy import Execution, shaped
from providers.errors import ProviderError
from providers.events import Event, Fail
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
        if request.stream:
            return await _stream(call, climb, request, ruled), climb.headers
        return await _whole(call, climb, request, planned.profile, ruled), call.headers
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
    return request if planned.profile is None else shaped(request, planned.profile)


async def _whole(
    call: CallInFlight,
    climb: Climb,
    request: Request,
    profile: Execution | None,
    ruled: Ruling | None,
) -> bytes:
    names = verdict.held_to(profile.validators if profile else (), request.output)
    while True:
        await _read_all(call, await climb.begin())
        ending, failed = verdict.of_whole(call.answer, names)
        if ending is None or not climb.leads_on_from(ending):
            break
        await climb.give_up(ending)
    if ruled is not None:
        await ruled.whole()
    if failed:
        call.headers["x-lakehouse-invalid"] = one_line("; ".join(failed))
    call.services.states.keep(call.principal.id, call.answer)
    if settings.LAKEHOUSE_STORE_CONTENT:
        call.row.answer_text = call.answer.storable_text
    told = None
    if climb.context is not None:
        await climb.context.keep(call.answer.turn())
        told = climb.context.told()
    await call.end("complete", 200)
    return call.answer.document(_answer_id(call), int(time.time()), climb.model, told)


async def _read_all(call: CallInFlight, events: list[Event]) -> None:
    """The whole of an answer that began with these events. Raises ProviderError."""
    assert call.exchange is not None
    while events:
        for event in events:
            call.answer.add(event)
            if isinstance(event, Fail):
                raise ProviderError(event.failure)
        events = await call.exchange.next() or []


async def _stream(
    call: CallInFlight, climb: Climb, request: Request, ruled: Ruling | None
) -> ChatStream:
    """Waits for the first content, so that an early error is a real status; not for ever."""
    opening = asyncio.create_task(climb.begin())
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
        ruled=ruled,
    )


def _heard(opening: "asyncio.Task[list[Event]]") -> None:
    """Its failure is told or nobody is left to tell: asyncio need not log it as unseen."""
    if not opening.cancelled():
        opening.exception()


def _answer_id(call: CallInFlight) -> str:
    return f"chatcmpl-{call.id.hex}"
