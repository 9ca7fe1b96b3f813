"""A call's spans: one for the call, a child for each try made, an event for each one skipped."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID, uuid4

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from lakehouse.gateway.recorder import AttemptRow, CallRow
from lakehouse.gateway.traceparent import span_of
from lakehouse.observing.forwarding import attributes
from lakehouse.observing.forwarding.attributes import Attributes
from lakehouse.observing.forwarding.content import clean
from lakehouse.observing.forwarding.waiting import Waiting
from providers import VERSION

_SCOPE = InstrumentationScope("lakehouse", VERSION)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def spans_of(call: Waiting) -> list[ReadableSpan]:
    """The call's span first."""
    row = call.row
    trace_id = int(row.trace_id or row.id.hex, 16)
    own = _context(trace_id, span_of(row.id))
    parent = _context(trace_id, call.parent, is_remote=True) if call.parent else None
    made = [
        (attempt, url)
        for attempt, url in zip(call.attempts, call.urls, strict=True)
        if attempt.outcome != "skipped"
    ]
    tries = [
        _attempt_span(call, attempt, url, own, last=attempt is made[-1][0]) for attempt, url in made
    ]
    return [_call_span(call, own, parent), *tries]


def probe() -> ReadableSpan:
    """For `manage.py traces test`: a trace of one span that took no time."""
    now, call_id, name = datetime.now(UTC), uuid4(), "lakehouse test"
    context = _context(call_id.int, span_of(call_id))
    text: Attributes = {"langfuse.trace.name": name}
    return _span(name, context, None, SpanKind.INTERNAL, text, now, now, Status(), None)


def _call_span(call: Waiting, context: SpanContext, parent: SpanContext | None) -> ReadableSpan:
    row = call.row
    return _span(
        attributes.name_of(call),
        context,
        parent,
        SpanKind.SERVER,
        attributes.of_call(call),
        row.started_at,
        row.finished_at or row.started_at,
        _status(call, row, row.outcome),
        row.instance,
        [_skipped(attempt) for attempt in call.attempts if attempt.outcome == "skipped"],
    )


def _attempt_span(
    call: Waiting, attempt: AttemptRow, url: str, parent: SpanContext, *, last: bool
) -> ReadableSpan:
    row = call.row
    end = attempt.started_at + timedelta(milliseconds=attempt.total_ms or 0)
    told = attributes.of_attempt(call, attempt, url)
    return _span(
        f"{row.operation} {clean(attempt.model)}",
        _context(parent.trace_id, span_of(row.id, attempt.number)),
        parent,
        SpanKind.CLIENT,
        told | attributes.of_last_attempt(call) if last else told,
        attempt.started_at,
        min(end, row.finished_at or end),
        _status(call, attempt, attempt.outcome),
        row.instance,
    )


def _status(call: Waiting, row: CallRow | AttemptRow, outcome: str) -> Status:
    if outcome not in attributes.FAILED:
        return Status()
    return Status(StatusCode.ERROR, attributes.words(call, row))


def _skipped(row: AttemptRow) -> Event:
    told: Attributes = {
        "gen_ai.provider.name": row.provider,
        "gen_ai.request.model": clean(row.model),
        "lakehouse.reason": row.error_kind,
        "lakehouse.attempt": row.number,
    }
    return Event("attempt skipped", told, _nanoseconds(row.started_at))


def _context(trace_id: int, span: str, *, is_remote: bool = False) -> SpanContext:
    return SpanContext(trace_id, int(span, 16), is_remote, TraceFlags(TraceFlags.SAMPLED))


def _span(
    name: str,
    context: SpanContext,
    parent: SpanContext | None,
    kind: SpanKind,
    told: Attributes,
    start: datetime,
    end: datetime,
    status: Status,
    instance: UUID | None,
    events: Sequence[Event] = (),
) -> ReadableSpan:
    return ReadableSpan(
        name,
        context,
        parent,
        _resource(instance),
        told,
        events,
        kind=kind,
        status=status,
        start_time=_nanoseconds(start),
        end_time=_nanoseconds(end),
        instrumentation_scope=_SCOPE,
    )


@lru_cache(maxsize=8)
def _resource(instance: UUID | None) -> Resource:
    about = {"service.name": "lakehouse", "service.version": VERSION}
    return Resource.create(about | ({"service.instance.id": str(instance)} if instance else {}))


def _nanoseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000
