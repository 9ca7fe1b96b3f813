"""Gemini's answers as events: text, thoughts, calls, usage and logprobs, whole and streamed."""

from typing import Any

import pytest

from providers.errors import ErrorKind
from providers.events import (
    End,
    Finish,
    ReasoningDelta,
    Start,
    TextDelta,
    ToolArgs,
    ToolEnd,
    UsageReport,
)
from providers.messages import Sampling, Usage
from tests.conversation import failure_of, reasoning_of, text_of
from tests.providers.adapters.gemini_events import both, finishes, starts, stream, usage_of, whole
from tests.upstreams import gemini as g

# --- content ---


def test_a_whole_answer_becomes_start_text_usage_finish_end() -> None:
    assert whole(g.plain("Hi")) == [
        Start("r-1", "gemini-3-flash"),
        TextDelta("Hi"),
        UsageReport(Usage(input=7, output=3, native=g.USAGE)),
        Finish("stop", "STOP"),
        End(),
    ]


def test_a_streamed_answer_starts_and_ends_once() -> None:
    events = stream(*(g.plain(text) for text in ("a", "b", "c")))
    assert text_of(events) == "abc"
    assert [type(e) for e in events].count(Start) == 1
    assert finishes(events) == [Finish("stop", "STOP")] and events[-1] == End()


def test_slices_of_one_byte_give_the_same_events() -> None:
    documents = [g.answer(g.candidate(g.text("Grüße 👋\u2028\r\n"))), g.plain("!")]
    assert stream(*documents, size=1) == stream(*documents)


@pytest.mark.parametrize("way", [0, 1])
def test_thoughts_are_apart_from_the_answer(way: int) -> None:
    events = both(g.text("hm", thought=True), g.text("Hello"))[way]
    assert (reasoning_of(events), text_of(events)) == ("hm", "Hello")
    assert ReasoningDelta("hm") in events


def test_parts_of_googles_own_tools_are_skipped() -> None:
    own = [
        {"executableCode": {"language": "PYTHON", "code": "1"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK"}, "thoughtSignature": "s"},
        {"toolCall": {"toolType": "x"}},
        {"somethingNew": 1},
    ]
    events = whole(g.answer(g.candidate(*own, g.text("2"), finish="STOP")))
    assert [type(e) for e in events] == [Start, TextDelta, UsageReport, Finish, End]


def test_nulls_are_as_good_as_absent() -> None:
    part = {"text": "Hi", "thought": None, "thoughtSignature": None, "functionCall": None}
    nothing = {"error": None, "promptFeedback": None, "usageMetadata": None, "responseId": None}
    document = g.answer(g.candidate(part, finish="STOP"), **nothing)
    assert whole(document)[1:] == [TextDelta("Hi"), Finish("stop", "STOP"), End()]


def test_candidates_are_choices_by_their_index() -> None:
    second = g.candidate(g.text("two"), finish="MAX_TOKENS", index=1)
    first = g.candidate(g.text("one"), finish="STOP", index=0)
    events = whole(g.answer(second, first), sampling=Sampling(n=2))
    assert TextDelta("two", choice=1) in events and TextDelta("one", choice=0) in events
    assert finishes(events) == [Finish("stop", "STOP", 0), Finish("length", "MAX_TOKENS", 1)]


# --- calls ---


@pytest.mark.parametrize("way", [0, 1])
def test_a_call_arrives_whole_with_an_id_of_ours(way: int) -> None:
    events = both(g.call("f", {"a": [1, "é"]}))[way]
    (start,) = starts(events)
    assert start.name == "f" and start.id.startswith("call_") and start.state is None
    at = events.index(start)
    assert events[at + 1 : at + 3] == [
        ToolArgs(0, '{"a":[1,"é"]}'.replace("é", "\\u00e9")),
        ToolEnd(0),
    ]


@pytest.mark.parametrize("args", [None, {}])
def test_a_call_without_arguments_has_an_empty_object(args: Any) -> None:
    events = whole(g.answer(g.candidate(g.call("f", args), finish="STOP")))
    assert ToolArgs(0, "{}") in events


def test_null_arguments_are_an_empty_object() -> None:
    part = {"functionCall": {"name": "f", "args": None}}
    assert ToolArgs(0, "{}") in whole(g.answer(g.candidate(part, finish="STOP")))


def test_arguments_are_put_on_one_line_and_otherwise_untouched() -> None:
    text = b'{"candidates":[{"finishReason":"STOP","content":{"parts":[{"functionCall":{"name":"f",'
    text += b'"args": {\n  "n": 12345678901234567890123,\n  "m": 1.10\n}}}]}}]}'
    assert ToolArgs(0, '{"n":12345678901234567890123,"m":1.10}') in whole(text)


def test_the_models_own_id_is_kept() -> None:
    events = whole(g.answer(g.candidate(g.call("f", {}, call_id="own-1"), finish="STOP")))
    assert starts(events)[0].id == "own-1"


def test_a_repeated_id_is_replaced() -> None:
    parts = [g.call("f", {}, call_id="x"), g.call("g", {}, call_id="x")]
    first, second = starts(whole(g.answer(g.candidate(*parts, finish="STOP"))))
    assert first.id == "x" and second.id != "x"


@pytest.mark.parametrize("way", [0, 1])
def test_parallel_calls_have_slots_in_order(way: int) -> None:
    events = both(g.text("So"), g.call("f", {}), g.call("g", {}))[way]
    assert [(s.slot, s.name) for s in starts(events)] == [(0, "f"), (1, "g")]


@pytest.mark.parametrize("way", [0, 1])
def test_only_the_first_call_is_kept_when_parallel_calls_are_declined(way: int) -> None:
    events = both(g.call("f", {}), g.call("g", {}), parallel_tools=False)[way]
    assert [s.name for s in starts(events)] == ["f"]
    assert finishes(events) == [Finish("tool_calls", "STOP")]


def test_a_call_in_an_earlier_chunk_still_counts_at_the_stop() -> None:
    events = stream(g.answer(g.candidate(g.call("f", {}))), g.plain(""))
    assert finishes(events) == [Finish("tool_calls", "STOP")]


def test_a_call_without_a_name_is_no_answer() -> None:
    document = g.answer(g.candidate({"functionCall": {"args": {}}}, finish="STOP"))
    assert failure_of(whole(document)).kind is ErrorKind.PROTOCOL


# --- usage ---


def test_thoughts_count_as_output_and_tool_prompts_as_input() -> None:
    counts = {
        "promptTokenCount": 100,
        "cachedContentTokenCount": 40,
        "candidatesTokenCount": 10,
        "thoughtsTokenCount": 5,
        "toolUsePromptTokenCount": 3,
        "totalTokenCount": 118,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 100}],
    }
    events = whole(g.answer(g.candidate(g.text("a"), finish="STOP"), usage=counts))
    assert usage_of(events) == Usage(103, 40, 0, 15, 5, native=counts)


def test_the_last_usage_of_a_stream_wins() -> None:
    first = g.answer(g.candidate(g.text("a")), usage={"promptTokenCount": 7})
    last = g.answer(usage={"promptTokenCount": 7, "candidatesTokenCount": 9})
    usage = usage_of(stream(first, g.plain("b"), last))
    assert (usage.input, usage.output) == (7, 9)


def test_an_answer_without_usage_reports_none() -> None:
    events = whole({"candidates": [g.candidate(g.text("a"), finish="STOP")]})
    assert events == [Start(), TextDelta("a"), Finish("stop", "STOP"), End()]


# --- logprobs ---

TOKENS = {
    "chosenCandidates": [
        {"token": "é", "tokenId": 1, "logProbability": -0.5},
        {"token": "b", "logProbability": -1.5},
    ],
    "topCandidates": [{"candidates": [{"token": "x", "logProbability": -0.1}]}],
}


def entry(token: str, logprob: float, *tops: Any) -> dict[str, Any]:
    return {
        "token": token,
        "logprob": logprob,
        "bytes": list(token.encode()),
        "top_logprobs": list(tops),
    }


def test_logprobs_come_with_the_text() -> None:
    parts = g.candidate(g.text("é"), g.text("b"), finish="STOP", logprobsResult=TOKENS)
    events = whole(g.answer(parts), sampling=Sampling(logprobs=True, top_logprobs=1))
    top = {"token": "x", "logprob": -0.1, "bytes": [120]}
    assert events[1] == TextDelta("é")
    assert events[2] == TextDelta("b", logprobs=[entry("é", -0.5, top), entry("b", -1.5)])


def test_logprobs_of_a_chunk_without_text_are_not_lost() -> None:
    last = g.answer(g.candidate(finish="STOP", logprobsResult={"chosenCandidates": [{}]}))
    events = stream(g.answer(g.candidate(g.text("a"))), last, sampling=Sampling(logprobs=True))
    assert TextDelta("", logprobs=[entry("", 0.0)]) in events


def test_logprobs_that_nobody_asked_for_are_left_out() -> None:
    events = whole(g.answer(g.candidate(g.text("a"), finish="STOP", logprobsResult=TOKENS)))
    assert events[1] == TextDelta("a")
