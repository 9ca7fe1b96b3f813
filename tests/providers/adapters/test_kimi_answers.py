"""What the Kimi adapter reads from a stream."""

import json
from typing import Any

from providers import tool_ids
from providers.events import (
    End,
    Event,
    Finish,
    ReasoningDelta,
    ReasoningState,
    Start,
    TextDelta,
    ToolArgs,
    ToolEnd,
    ToolStart,
    UsageReport,
)
from providers.messages import Reasoning, State, Tool, ToolCall, Turn, Usage
from tests.conversation import reasoning_of, text_of
from tests.providers.adapters.openai_family import Family
from tests.upstreams.base import sse
from tests.upstreams.kimi import MODEL, USAGE, call, chunk, text_chunks

KIMI = Family("kimi", "https://api.kimi.com/coding/v1", MODEL)
REPORT = UsageReport(Usage(input=30, cached_read=10, output=11, reasoning=6, native=USAGE))


def starts(events: list[Event]) -> list[ToolStart]:
    return [e for e in events if isinstance(e, ToolStart)]


def test_a_stream_is_reasoning_text_usage_and_its_end() -> None:
    events = KIMI.streamed(*text_chunks("Hello", " there"))
    assert events[:4] == [
        Start("chatcmpl-k1", MODEL),
        ReasoningDelta("Let me see."),
        TextDelta("Hello"),
        TextDelta(" there"),
    ]
    assert events[-2:] == [Finish("stop", "stop"), End()]


def test_the_last_usage_wins_over_the_one_in_the_choice() -> None:
    reports = [e for e in KIMI.streamed(*text_chunks("a")) if isinstance(e, UsageReport)]
    assert [r.usage.output for r in reports] == [1, 11]
    assert reports[-1] == REPORT


def test_a_stream_is_read_also_for_a_client_that_wants_one_answer() -> None:
    data = b"".join(sse(*text_chunks("Hello")))
    assert text_of(KIMI.whole(data)) == "Hello"


def test_kimis_ids_are_replaced() -> None:
    piece = chunk(tool_calls=[call("functions.look:0", "look", "{}")])
    (start,) = starts(KIMI.streamed(piece, chunk("tool_calls")))
    assert tool_ids.valid(start.id) and start.id.startswith("call_")


def test_without_an_index_a_new_id_opens_a_call() -> None:
    more = {"function": {"arguments": ":1}"}}
    events = KIMI.streamed(
        chunk(tool_calls=[call("look:0", "look", '{"a"', index=None)]),
        chunk(tool_calls=[more]),
        chunk(tool_calls=[call("find:1", "find", "{}", index=None)]),
        chunk("tool_calls"),
    )
    assert [s.name for s in starts(events)] == ["look", "find"]
    assert [e.fragment for e in events if isinstance(e, ToolArgs) and e.slot == 0] == [
        '{"a"',
        ":1}",
    ]


def test_only_the_first_call_is_kept_when_one_at_a_time_was_asked() -> None:
    pieces = [call("look:0", "look", "{}"), call("find:1", "find", "{}", index=1)]
    events = KIMI.streamed(chunk(tool_calls=pieces), chunk("tool_calls"), parallel_tools=False)
    assert [s.name for s in starts(events)] == ["look"]
    assert [e for e in events if isinstance(e, ToolEnd)] == [ToolEnd(0)]


def test_a_tool_gets_its_own_name_back() -> None:
    piece = chunk(tool_calls=[call("tool_ls:0", "tool_ls", "{}")])
    events = KIMI.streamed(piece, chunk("tool_calls"), tools=(Tool("ls"), Tool("look")))
    assert [s.name for s in starts(events)] == ["ls"]


def test_reasoning_beside_a_call_is_kept_to_be_sent_back() -> None:
    events = KIMI.streamed(
        chunk(reasoning_content="hm"),
        chunk(tool_calls=[call("look:0", "look", "{}")]),
        chunk("tool_calls"),
    )
    state = State("kimi:kimi-for-coding", "reasoning_content", "hm")
    assert ReasoningState(state) in events


def test_what_is_kept_is_what_is_sent_back() -> None:
    events = KIMI.streamed(
        chunk(reasoning_content="hm"),
        chunk(tool_calls=[call("look:0", "look", "{}")]),
        chunk("tool_calls"),
    )
    (kept,) = [e.state for e in events if isinstance(e, ReasoningState)]
    (start,) = starts(events)
    turn = Turn("assistant", (Reasoning("", kept), ToolCall(start.id, start.name, "{}")))
    (message,) = json.loads(KIMI.sent(KIMI.asking(turns=(turn,))).body)["messages"]
    assert message["reasoning_content"] == "hm"
    assert message["tool_calls"][0]["id"] == start.id


def test_a_spent_limit_with_reasoning_alone_is_length() -> None:
    events = KIMI.streamed(chunk(reasoning_content="hm"), chunk("length"))
    assert (reasoning_of(events), text_of(events)) == ("hm", "")
    assert events[-2:] == [Finish("length", "length"), End()]


def test_a_stop_after_a_call_is_tool_calls() -> None:
    entry: Any = call("look:0", "look", "{}")
    assert Finish("tool_calls", "stop") in KIMI.streamed(chunk(tool_calls=[entry]), chunk("stop"))
