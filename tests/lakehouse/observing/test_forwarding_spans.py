"""What a trace says of a call, and what it never says."""

import json
from datetime import timedelta
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes

from lakehouse.gateway.dialect.answer import Answer
from lakehouse.gateway.seen import Seen
from lakehouse.gateway.traceparent import span_of
from lakehouse.observing.forwarding.content import MOST, SPARE
from lakehouse.observing.forwarding.spans import spans_of
from lakehouse.observing.forwarding.waiting import waiting
from providers.events import ToolArgs, ToolStart
from providers.messages import Image, Request, Sampling, Segment, Text, ToolCall, ToolResult, Turn
from tests.lakehouse.observing.calls import (
    CALLER,
    GIVEN,
    PARENT,
    STARTED,
    TRACE,
    WITH_CONTENT,
    answered,
    attempt,
    said,
    seen,
)
from tests.upstreams.collector import attributes, spans_in

SECRET = "sk-canary-0123456789abcdef"
ERROR = Status.StatusCode.STATUS_CODE_ERROR


def sent(call: Seen, *, room: bool = True) -> list[Span]:
    """As a collector reads them."""
    return spans_in(encode_spans(spans_of(waiting(call, room=room))).SerializeToString())


def last(call: Seen) -> dict[str, Any]:
    return attributes(sent(call)[-1])


def messages(call: Seen, which: str = "input") -> Any:
    return json.loads(last(call)[f"gen_ai.{which}.messages"])


# --- its shape ---


def test_a_call_is_a_span_with_a_child_for_each_try() -> None:
    call = seen(attempt(1, outcome="failed"), attempt(2))
    own, first, second = sent(call)
    call_id = call.finished.row.id
    assert {span.trace_id for span in (own, first, second)} == {call_id.bytes}
    assert own.span_id.hex() == span_of(call_id) and own.parent_span_id == b""
    assert [s.span_id.hex() for s in (first, second)] == [span_of(call_id, n) for n in (1, 2)]
    assert first.parent_span_id == second.parent_span_id == own.span_id
    assert (own.kind, first.kind) == (Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT)


def test_a_callers_span_is_the_parent() -> None:
    own, _ = sent(seen(given=GIVEN, trace_id=TRACE))
    assert (own.trace_id.hex(), own.parent_span_id.hex()) == (TRACE, PARENT)
    assert "langfuse.trace.name" not in attributes(own)


def test_times_are_those_of_the_rows() -> None:
    own, tried = sent(seen(attempt(1, started_at=STARTED + timedelta(milliseconds=10))))
    begun = 1767323045678901000
    assert (own.start_time_unix_nano, own.end_time_unix_nano) == (begun, begun + 300_000_000)
    assert tried.start_time_unix_nano == begun + 10_000_000
    assert tried.end_time_unix_nano == begun + 260_000_000


def test_a_skipped_try_is_an_event() -> None:
    skipped = attempt(1, outcome="skipped", error_kind="breaker", error_message="It is open.")
    own, tried = sent(seen(skipped, attempt(2, provider="second")))
    (event,) = own.events
    assert event.name == "attempt skipped"
    told = attributes(event)
    assert (told["gen_ai.provider.name"], told["lakehouse.reason"]) == ("first", "breaker")
    assert attributes(tried)["gen_ai.provider.name"] == "second"


def test_a_call_without_a_try_is_forwarded_too() -> None:
    call = seen(outcome="failed", error_kind="model_not_found", status=404)
    call.finished.attempts.clear()
    call.finished.bills.clear()
    (own,) = sent(call)
    assert own.status.code == ERROR
    assert attributes(own)["error.type"] == "model_not_found"


# --- what it says ---


def test_a_try_says_who_answered_with_what() -> None:
    used = {"input_tokens": 12, "cached_tokens": 4, "cache_write_tokens": 2, "output_tokens": 5}
    tried = attempt(1, **used, reasoning_tokens=3, first_token_ms=125.0, cost="0.0001500000")
    request = said("hi", limit=100, sampling=Sampling(temperature=0.5))
    told = last(seen(tried, asked=request))
    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "first",
        "gen_ai.request.model": "m",
        "gen_ai.request.max_tokens": 100,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.response.model": "m-2026",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.time_to_first_chunk": 0.125,
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 5,
        "server.address": "api.example.com",
        "server.port": 443,
        "http.response.status_code": 200,
        "langfuse.observation.type": "generation",
        "langfuse.observation.completion_start_time": '"2026-01-02T03:04:05.803901+00:00"',
    }
    assert expected.items() <= told.items()
    assert json.loads(told["langfuse.observation.usage_details"]) == {
        "input": 6,
        "input_cached_tokens": 4,
        "input_cache_creation": 2,
        "output": 2,
        "output_reasoning_tokens": 3,
    }
    assert json.loads(told["langfuse.observation.cost_details"]) == {"total": 0.00015}


def test_revisions_and_the_caller_are_on_each_span() -> None:
    for span in sent(seen(revisions={"execution": "fast@7", "memory": "talk@2"}, session="s-1")):
        told = attributes(span)
        revisions = [told[f"lakehouse.revision.{k}"] for k in ("execution", "memory", "observer")]
        assert revisions == ["fast@7", "talk@2", "watch@4"]
        assert told["langfuse.version"] == "fast@7"
        assert (told["user.id"], told["session.id"]) == (CALLER.owner, "s-1")


def test_langfuse_finds_the_trace_by_key_and_revisions() -> None:
    own, tried = (attributes(s) for s in sent(seen(revisions={"execution": "fast@7"})))
    prefix = "langfuse.trace.metadata."
    told = {name: value for name, value in own.items() if name.startswith(prefix)}
    assert told == {
        f"{prefix}key": CALLER.label,
        f"{prefix}execution": "fast@7",
        f"{prefix}observer": "watch@4",
    }
    assert not [name for name in tried if name.startswith(prefix)]


def test_tokens_are_on_the_tries_only() -> None:
    own, tried = (attributes(s) for s in sent(seen(attempt(1, input_tokens=1, output_tokens=1))))
    assert "gen_ai.usage.input_tokens" in tried
    assert not [name for name in own if "usage" in name]


def test_every_gen_ai_name_is_one_of_the_conventions() -> None:
    known = {v for v in vars(gen_ai_attributes).values() if isinstance(v, str)}
    tried = attempt(1, input_tokens=1, output_tokens=1, first_token_ms=1.0, upstream_id="u")
    request = said("hi", limit=1, sampling=Sampling(temperature=0.5, top_p=0.5))
    for span in sent(seen(tried, asked=request, observer=WITH_CONTENT, session="s")):
        used = {name for name in attributes(span) if name.startswith("gen_ai.")}
        assert used <= known


@pytest.mark.parametrize(
    ("outcome", "level"),
    [
        ("failed", "ERROR"),
        ("incomplete", "ERROR"),
        ("shutdown", "ERROR"),
        ("client_closed", "WARNING"),
    ],
)
def test_a_failure_is_marked_as_one(outcome: str, level: str) -> None:
    tried = attempt(1, outcome=outcome, error_kind="timeout")
    for span in sent(seen(tried, outcome=outcome, error_kind="timeout")):
        assert (span.status.code == ERROR) is (level == "ERROR")
        told = attributes(span)
        assert (told["error.type"], told["langfuse.observation.level"]) == ("timeout", level)


# --- what it does not say ---


def test_content_is_off_by_default() -> None:
    words = "the words of the prompt"
    tried = attempt(1, outcome="failed", error_kind="server", error_message=f"bad: {words}")
    call = seen(
        tried,
        asked=words,
        answer=answered(words),
        outcome="failed",
        error_message=words,
        error_kind="x",
    )
    assert all(words.encode() not in span.SerializeToString() for span in sent(call))


@pytest.mark.parametrize("label", ["", "public", "internal"])
def test_content_is_forwarded_where_the_profile_says_so(label: str) -> None:
    call = seen(observer=WITH_CONTENT, label=label)
    parts = [{"type": "text", "content": "What is it?"}]
    assert messages(call) == [{"role": "user", "parts": parts}]
    parts = [{"type": "text", "content": "It is this."}]
    assert messages(call, "output") == [
        {"role": "assistant", "parts": parts, "finish_reason": "stop"}
    ]


@pytest.mark.parametrize("label", ["confidential", "restricted", "unheard-of"])
def test_content_above_internal_is_never_forwarded(label: str) -> None:
    tried = attempt(1, outcome="failed", error_kind="server", error_message="It said: What is it?")
    call = seen(tried, observer=WITH_CONTENT, label=label, outcome="failed")
    whole = b"".join(span.SerializeToString() for span in sent(call))
    assert b"What is it?" not in whole and b"It is this." not in whole


def test_content_is_left_out_where_too_much_of_it_waits() -> None:
    tried = sent(seen(observer=WITH_CONTENT), room=False)[-1]
    assert "gen_ai.input.messages" not in attributes(tried)


def test_no_secret_is_in_any_span() -> None:
    request = Request(
        "m",
        (
            Turn("user", (Text(f"my key is {SECRET}"),)),
            Turn("assistant", (ToolCall(SECRET, SECRET, f'{{"api_key": "{SECRET}"}}'),)),
            Turn("tool", (ToolResult("c", "t", (Text(f"Bearer {SECRET}"),)),)),
        ),
        system=(Segment(SECRET),),
    )
    tried = attempt(1, outcome="failed", error_kind="server", error_message=SECRET, model=SECRET)
    call = seen(
        tried,
        observer=WITH_CONTENT,
        asked=request,
        answer=answered(SECRET),
        outcome="failed",
        error_message=SECRET,
        model_asked=SECRET,
        session=SECRET,
    )
    whole = b"".join(span.SerializeToString() for span in sent(call))
    assert b"canary" not in whole and b"[redacted]" in whole


def test_a_secret_that_the_cut_would_halve_is_not_shown() -> None:
    for before in (*range(MOST - 24, MOST + 2, 5), MOST + SPARE - 10):
        text = "x" * (before - 1) + " " + SECRET + " " + "y" * SPARE * 2
        (message,) = messages(seen(observer=WITH_CONTENT, asked=text))
        shown = message["parts"][0]["content"]
        assert "canary" not in shown and len(shown) <= MOST + 20


def test_the_newest_messages_are_the_ones_that_fit() -> None:
    turns = [Turn("user", (Text(f"{number} " + "x" * 1000),)) for number in range(100)]
    found = messages(seen(observer=WITH_CONTENT, asked=Request("m", tuple(turns))))
    firsts = [message["parts"][0]["content"].split()[0] for message in found]
    assert firsts == [str(n) for n in range(100 - len(firsts), 100)]
    assert 10 < len(firsts) < 20


def test_files_are_named_and_not_shown() -> None:
    picture = Image(url="https://example.com/?sig=abcdef", data=b"png")
    request = Request("m", (Turn("user", (Text("look"), picture)),))
    (message,) = messages(seen(observer=WITH_CONTENT, asked=request))
    assert message["parts"] == [{"type": "text", "content": "look"}, {"type": "image"}]


def test_calls_of_tools_are_shown() -> None:
    answer = Answer()
    for event in (ToolStart(0, "c1", "weather"), ToolArgs(0, '{"city": "Oslo"}')):
        answer.add(event)
    (message,) = messages(seen(observer=WITH_CONTENT, answer=answer), "output")
    arguments = '{"city": "Oslo"}'
    call = {"type": "tool_call", "id": "c1", "name": "weather", "arguments": arguments}
    assert message["parts"] == [call]


def test_what_no_protocol_buffer_can_hold_does_not_lose_the_trace() -> None:
    told = last(seen(observer=WITH_CONTENT, asked="lone \ud800 half", session="\udfff"))
    assert "lone ? half" in told["gen_ai.input.messages"]
    assert told["session.id"] == "?"


def test_the_last_try_that_was_made_has_the_content_though_others_were_skipped_after_it() -> None:
    skipped = attempt(2, outcome="skipped", error_kind="breaker")
    call = seen(attempt(1, outcome="failed"), skipped, observer=WITH_CONTENT)
    assert messages(call)[0]["parts"][0]["content"] == "What is it?"
