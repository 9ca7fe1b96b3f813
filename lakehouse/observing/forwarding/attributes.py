"""What a span says: OpenTelemetry's gen_ai names, Langfuse's, and ours under `lakehouse.`.

The first are in the list that comes with the SDK; for the second see
https://langfuse.com/integrations/native/opentelemetry#property-mapping. Tokens and costs are
on the tries only: a reader adds up. An error's words may quote a prompt, so they count as
content; its kind and status do not.
"""

import json
from collections.abc import Sequence
from datetime import timedelta

from lakehouse.gateway.recorder import AttemptRow, CallRow
from lakehouse.observing.forwarding.content import clean, shown
from lakehouse.observing.forwarding.waiting import Waiting
from providers import addresses

Value = str | int | float | Sequence[str] | None
Attributes = dict[str, str | int | float | Sequence[str]]

FAILED = ("failed", "incomplete", "shutdown")


def name_of(call: Waiting) -> str:
    row = call.row
    return f"{row.operation} {clean(row.profile or row.model_asked or row.model)}".strip()


def of_call(call: Waiting) -> Attributes:
    row = call.row
    own: dict[str, Value] = {
        "langfuse.observation.type": "span",
        # A caller's own trace has a name already.
        "langfuse.trace.name": None if call.parent else name_of(call),
        "gen_ai.operation.name": row.operation,
        "gen_ai.request.model": clean(row.model_asked),
        "http.response.status_code": row.status,
        "error.type": row.error_kind,
        "lakehouse.outcome": row.outcome,
        "lakehouse.attempts": row.attempts_made,
        "lakehouse.ladder": row.ladder,
        "lakehouse.stream": str(row.stream).lower(),
    }
    return _everywhere(call) | _of_trace(call) | _given(own) | _level(call, row, row.outcome)


def of_attempt(call: Waiting, attempt: AttemptRow, url: str) -> Attributes:
    """`url` is the provider's base URL."""
    operation = call.row.operation
    own: dict[str, Value] = {
        "langfuse.observation.type": "embedding" if operation == "embeddings" else "generation",
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": attempt.provider,
        "gen_ai.request.model": clean(attempt.model),
        "gen_ai.response.id": attempt.upstream_id,
        "http.response.status_code": attempt.status,
        "error.type": attempt.error_kind,
        "lakehouse.outcome": attempt.outcome,
        "lakehouse.attempt": attempt.number,
        "lakehouse.queue_ms": attempt.queue_ms,
    }
    if attempt.first_token_ms is not None:
        first = attempt.started_at + timedelta(milliseconds=attempt.first_token_ms)
        own["gen_ai.response.time_to_first_chunk"] = attempt.first_token_ms / 1000
        own["langfuse.observation.completion_start_time"] = json.dumps(first.isoformat())
    told = _everywhere(call) | _given(own) | _server(url) | _usage(attempt)
    return told | _level(call, attempt, attempt.outcome)


def of_last_attempt(call: Waiting) -> Attributes:
    """What is known of the last try that was made only: its answer, and what it was sent."""
    found = _given({"gen_ai.response.model": clean(call.model)})
    found |= {f"gen_ai.request.{name}": value for name, value in call.parameters.items()}
    if call.finishes:
        found["gen_ai.response.finish_reasons"] = call.finishes
    if call.content is not None:
        found["gen_ai.input.messages"] = shown(call.content.asked)
        found["gen_ai.output.messages"] = shown(call.content.answered)
    return found


def words(call: Waiting, row: CallRow | AttemptRow) -> str:
    """What went wrong, as far as the trace may say it."""
    if call.observer.forwards_content(call.row.label) and row.error_message:
        return f"{row.error_kind}: {clean(row.error_message)}"
    return row.error_kind


def _everywhere(call: Waiting) -> Attributes:
    """On each span: readers find spans by these, not only traces."""
    row, session = call.row, clean(call.row.session)
    found = _given(
        {
            "lakehouse.call.id": str(row.id),
            "lakehouse.label": row.label,
            "user.id": clean(call.owner),
            "session.id": session,
            "gen_ai.conversation.id": session,
            "langfuse.version": row.revisions.get("execution"),
        }
    )
    for kind, revision in _revisions(call).items():
        found[f"lakehouse.revision.{kind}"] = revision
    return found


def _of_trace(call: Waiting) -> Attributes:
    """What Langfuse shows of the trace as a whole; once in it is enough."""
    revisions = _revisions(call).items()
    found: Attributes = {f"langfuse.trace.metadata.{kind}": told for kind, told in revisions}
    return found | _given({"langfuse.trace.metadata.key": clean(call.key)})


def _revisions(call: Waiting) -> dict[str, str]:
    observer = call.observer
    return call.row.revisions | ({"observer": str(observer)} if observer.name else {})


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
        "langfuse.observation.usage_details": json.dumps({k: v for k, v in parts.items() if v}),
    }
    for name, tokens in (
        ("cache_read.input_tokens", row.cached_tokens),
        ("cache_creation.input_tokens", row.cache_write_tokens),
        ("reasoning.output_tokens", row.reasoning_tokens),
    ):
        if tokens:
            found[f"gen_ai.usage.{name}"] = tokens
    if row.cost is not None:
        found["langfuse.observation.cost_details"] = json.dumps({"total": float(row.cost)})
    return found


def _level(call: Waiting, row: CallRow | AttemptRow, outcome: str) -> Attributes:
    if outcome not in (*FAILED, "client_closed"):
        return {}
    return {
        "langfuse.observation.level": "ERROR" if outcome in FAILED else "WARNING",
        "langfuse.observation.status_message": words(call, row) or outcome,
    }


def _server(url: str) -> Attributes:
    try:
        origin = addresses.origin(url)
    except ValueError:
        return {}  # answered in this process
    return {"server.address": origin.host, "server.port": origin.port}


def _given(found: dict[str, Value]) -> Attributes:
    return {name: value for name, value in found.items() if value is not None and value != ""}
