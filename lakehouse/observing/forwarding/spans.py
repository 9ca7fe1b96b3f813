"""A call's spans: one for the call, a child for each try that was made, an event for each skipped.

Names are those of OpenTelemetry's gen_ai conventions (the list that comes with the SDK) and
Langfuse's (https://langfuse.com/integrations/native/opentelemetry#property-mapping); what
neither has is under `lakehouse.`. Tokens and costs are on the tries only: a reader adds up.
An error's words may quote a prompt, so they count as content; its kind and status do not.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import uuid4

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from lakehouse.gateway.recorder import AttemptRow, CallRow
from lakehouse.gateway.traceparent import span_of
from lakehouse.observing.forwarding.content import clean, shown
from lakehouse.observing.forwarding.waiting import Waiting
from providers import VERSION, addresses

Value = str | int | float | Sequence[str] | None
Attributes = dict[str, str | int | float | Sequence[str]]

_SCOPE = InstrumentationScope("lakehouse", VERSION)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FAILED = ("failed", "incomplete", "shutdown")


def spans_of(call: Waiting) -> list[ReadableSpan]:
    """The call's span first."""
    row = call.row
    trace_id = int(row.trace_id or row.id.hex, 16)
    own = _context(trace_id, span_of(row.id))
    parent = _context(trace_id, call.parent, is_remote=True) if call.parent else None
    everywhere = _everywhere(call)
    made = [
        _attempt_span(call, attempt, url, own, everywhere)
        for attempt, url in zip(call.attempts, call.urls, strict=True)
        if attempt.outcome != "skipped"
    ]
    return [_call_span(call, own, parent, everywhere), *made]


def probe() -> ReadableSpan:
    """For `manage.py traces test`: a trace of one span that took no time."""
    now, call_id, name = datetime.now(UTC), uuid4(), "lakehouse test"
    context = _context(call_id.int, span_of(call_id))
    text: Attributes = {"langfuse.trace.name": name}
    return _span(name, context, None, SpanKind.INTERNAL, text, now, now, Status(), "")


def _call_span(
    call: Waiting, context: SpanContext, parent: SpanContext | None, everywhere: Attributes
) -> ReadableSpan:
    row = call.row
    name = f"{row.operation} {clean(row.profile or row.model_asked or row.model)}".strip()
    attributes = everywhere | _given(
        {
            "langfuse.observation.type": "span",
            # A caller's own trace has a name already.
            "langfuse.trace.name": None if parent else name,
            "gen_ai.operation.name": row.operation,
            "gen_ai.request.model": clean(row.model_asked),
            "http.response.status_code": row.status,
            "error.type": row.error_kind,
            "lakehouse.outcome": row.outcome,
            "lakehouse.attempts": row.attempts_made,
            "lakehouse.ladder": row.ladder,
            "lakehouse.stream": str(row.stream).lower(),
        }
    )
    attributes |= _level(call, row, row.outcome)
    events = [_skipped(a) for a in call.attempts if a.outcome == "skipped"]
    status = _status(call, row, row.outcome)
    end = row.finished_at or row.started_at
    return _span(
        name,
        context,
        parent,
        SpanKind.SERVER,
        attributes,
        row.started_at,
        end,
        status,
        str(row.instance),
        events,
    )


def _attempt_span(
    call: Waiting, attempt: AttemptRow, url: str, parent: SpanContext, everywhere: Attributes
) -> ReadableSpan:
    row = call.row
    embeds = row.operation == "embeddings"
    attributes = everywhere | _given(
        {
            "langfuse.observation.type": "embedding" if embeds else "generation",
            "gen_ai.operation.name": row.operation,
            "gen_ai.provider.name": attempt.provider,
            "gen_ai.request.model": clean(attempt.model),
            "gen_ai.response.id": attempt.upstream_id,
            "http.response.status_code": attempt.status,
            "error.type": attempt.error_kind,
            "lakehouse.outcome": attempt.outcome,
            "lakehouse.attempt": attempt.number,
            "lakehouse.queue_ms": attempt.queue_ms,
        }
    )
    attributes |= _server(url) | _usage(attempt) | _level(call, attempt, attempt.outcome)
    if attempt.first_token_ms is not None:
        first = attempt.started_at + timedelta(milliseconds=attempt.first_token_ms)
        attributes["gen_ai.response.time_to_first_chunk"] = attempt.first_token_ms / 1000
        attributes["langfuse.observation.completion_start_time"] = json.dumps(first.isoformat())
    if attempt is call.attempts[-1]:
        attributes |= _last(call)
    end = attempt.started_at + timedelta(milliseconds=attempt.total_ms or 0)
    return _span(
        f"{row.operation} {clean(attempt.model)}",
        _context(parent.trace_id, span_of(row.id, attempt.number)),
        parent,
        SpanKind.CLIENT,
        attributes,
        attempt.started_at,
        min(end, row.finished_at or end),
        _status(call, attempt, attempt.outcome),
        str(row.instance),
    )


def _everywhere(call: Waiting) -> Attributes:
    """On each span: Langfuse finds spans by these, not only traces."""
    row, observer = call.row, call.observer
    revisions = row.revisions | ({"observer": str(observer)} if observer.name else {})
    found = _given(
        {
            "lakehouse.call.id": str(row.id),
            "lakehouse.label": row.label,
            "user.id": clean(call.owner),
            "session.id": clean(row.session),
            "gen_ai.conversation.id": clean(row.session),
            "langfuse.version": revisions.get("execution"),
            "langfuse.trace.metadata.key": clean(call.key),
        }
    )
    for kind, revision in revisions.items():
        found[f"lakehouse.revision.{kind}"] = revision
        found[f"langfuse.trace.metadata.{kind}"] = revision
    return found


def _last(call: Waiting) -> Attributes:
    """What is known of the last try only."""
    found = _given({"gen_ai.response.model": clean(call.model)})
    found |= {f"gen_ai.request.{name}": value for name, value in call.parameters.items()}
    if call.finishes:
        found["gen_ai.response.finish_reasons"] = call.finishes
    if call.content is not None:
        found["gen_ai.input.messages"] = shown(call.content.asked)
        found["gen_ai.output.messages"] = shown(call.content.answered)
    return found


def _usage(row: AttemptRow) -> Attributes:
    """OpenTelemetry's input includes what was cached; Langfuse adds its parts up."""
    if not row.input_tokens + row.output_tokens:
        return {}
    parts = {
        "input": max(0, row.input_tokens - row.cached_tokens - row.cache_write_tokens),
        "input_cached_tokens": row.cached_tokens,
        "input_cache_creation": row.cache_write_tokens,
        "output": max(0, row.output_tokens - row.reasoning_tokens),
        "output_reasoning_tokens": row.reasoning_tokens,
    }
    found: Attributes = {
        "gen_ai.usage.input_tokens": row.input_tokens,
        "gen_ai.usage.output_tokens": row.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": row.cached_tokens,
        "gen_ai.usage.cache_creation.input_tokens": row.cache_write_tokens,
        "gen_ai.usage.reasoning.output_tokens": row.reasoning_tokens,
        "langfuse.observation.usage_details": json.dumps({k: v for k, v in parts.items() if v}),
    }
    if row.cost is not None:
        found["langfuse.observation.cost_details"] = json.dumps({"total": float(row.cost)})
    return found


def _level(call: Waiting, row: CallRow | AttemptRow, outcome: str) -> Attributes:
    if outcome not in (*_FAILED, "client_closed"):
        return {}
    level = "ERROR" if outcome in _FAILED else "WARNING"
    return {
        "langfuse.observation.level": level,
        "langfuse.observation.status_message": _words(call, row) or outcome,
    }


def _status(call: Waiting, row: CallRow | AttemptRow, outcome: str) -> Status:
    return Status(StatusCode.ERROR, _words(call, row)) if outcome in _FAILED else Status()


def _words(call: Waiting, row: CallRow | AttemptRow) -> str:
    if call.observer.forwards_content(call.row.label) and row.error_message:
        return f"{row.error_kind}: {clean(row.error_message)}"
    return row.error_kind


def _skipped(row: AttemptRow) -> Event:
    attributes: Attributes = {
        "gen_ai.provider.name": row.provider,
        "gen_ai.request.model": clean(row.model),
        "lakehouse.reason": row.error_kind,
        "lakehouse.attempt": row.number,
    }
    return Event("attempt skipped", attributes, _nanoseconds(row.started_at))


def _server(url: str) -> Attributes:
    try:
        origin = addresses.origin(url)
    except ValueError:
        return {}  # answered in this process
    return {"server.address": origin.host, "server.port": origin.port}


def _given(found: dict[str, Value]) -> Attributes:
    return {name: value for name, value in found.items() if value is not None and value != ""}


def _context(trace_id: int, span: str, *, is_remote: bool = False) -> SpanContext:
    return SpanContext(trace_id, int(span, 16), is_remote, TraceFlags(TraceFlags.SAMPLED))


def _span(
    name: str,
    context: SpanContext,
    parent: SpanContext | None,
    kind: SpanKind,
    attributes: Attributes,
    start: datetime,
    end: datetime,
    status: Status,
    instance: str,
    events: Sequence[Event] = (),
) -> ReadableSpan:
    return ReadableSpan(
        name,
        context,
        parent,
        _resource(instance),
        attributes,
        events,
        kind=kind,
        status=status,
        start_time=_nanoseconds(start),
        end_time=_nanoseconds(end),
        instrumentation_scope=_SCOPE,
    )


@lru_cache(maxsize=8)
def _resource(instance: str) -> Resource:
    about = {"service.name": "lakehouse", "service.version": VERSION}
    return Resource.create(about | ({"service.instance.id": instance} if instance else {}))


def _nanoseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000
