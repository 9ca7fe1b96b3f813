"""Gemini's answers as events: each fact of a GenerateContentResponse, whole and streamed."""

import json
from typing import Any

import msgspec
import pytest

from providers.errors import ErrorKind
from providers.messages import (
    End,
    Event,
    Finish,
    FinishReason,
    ReasoningDelta,
    Sampling,
    Start,
    TextDelta,
    ToolArgs,
    ToolEnd,
    ToolStart,
    Usage,
    UsageReport,
)
from tests.conversation import ask, failure_of, feed, reasoning_of, text_of
from tests.providers.adapters.gemini_sent import ENDPOINT, GEMINI
from tests.upstreams import gemini as g


def whole(document: Any, **asked: Any) -> list[Event]:
    request = ask(model="gemini-3-flash", **asked)
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return feed(GEMINI.decoder(ENDPOINT, request), data)


def stream(*documents: Any, size: int = 0, **asked: Any) -> list[Event]:
    request = ask(model="gemini-3-flash", stream=True, **asked)
    return feed(GEMINI.decoder(ENDPOINT, request), b"".join(g.chunks(*documents)), size)


def finishes(events: list[Event]) -> list[Finish]:
    return [event for event in events if isinstance(event, Finish)]


def usage_of(events: list[Event]) -> Usage:
    return [event.usage for event in events if isinstance(event, UsageReport)][-1]


def starts(events: list[Event]) -> list[ToolStart]:
    return [event for event in events if isinstance(event, ToolStart)]


def both(*parts: Any, finish: str = "STOP", **asked: Any) -> list[list[Event]]:
    """The events of the same parts as one document, and as one chunk a part, byte by byte."""
    *first, last = [g.candidate(part) for part in parts]
    chunks = [*(g.answer(c) for c in first), g.answer({**last, "finishReason": finish})]
    document = g.answer(g.candidate(*parts, finish=finish))
    return [whole(document, **asked), stream(*chunks, size=1, **asked)]


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


# --- how it ends ---

FILTERED = [
    "SAFETY",
    "RECITATION",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "LANGUAGE",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
    "MODEL_ARMOR",
    "ESCALATION",
]
PLAIN = ["STOP", "OTHER", "NO_IMAGE", "IMAGE_OTHER", "CONTINUATION", "SOMETHING_NEW"]


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        *((native, "content_filter") for native in FILTERED),
        *((native, "stop") for native in PLAIN),
        ("MAX_TOKENS", "length"),
    ],
)
def test_each_finish_reason_has_its_finish(native: str, reason: FinishReason) -> None:
    assert finishes(whole(g.plain("a", native))) == [Finish(reason, native)]


@pytest.mark.parametrize(
    ("native", "reason"),
    [("STOP", "tool_calls"), ("MAX_TOKENS", "length"), ("SAFETY", "content_filter")],
)
def test_a_call_changes_only_a_plain_stop(native: str, reason: FinishReason) -> None:
    events = whole(g.answer(g.candidate(g.call("f", {}), finish=native)))
    assert finishes(events) == [Finish(reason, native)]


@pytest.mark.parametrize(
    "native",
    [
        "MALFORMED_FUNCTION_CALL",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
        "MALFORMED_RESPONSE",
        "MISSING_THOUGHT_SIGNATURE",
    ],
)
def test_an_answer_that_the_model_spoiled_is_a_failure_worth_one_more_try(native: str) -> None:
    spoiled = g.candidate(finish=native, finishMessage="call:f(")
    failure = failure_of(whole(g.answer(spoiled)))
    assert (failure.kind, failure.code) == (ErrorKind.PROTOCOL, native)
    assert failure.retryable and failure.failover
    assert f"({native}: call:f()" in failure.message


def test_a_spoiled_answer_need_not_say_more() -> None:
    failure = failure_of(stream(g.answer(g.candidate(finish="MALFORMED_RESPONSE"))))
    assert "(MALFORMED_RESPONSE)" in failure.message


@pytest.mark.parametrize("content", [{}, {"content": {}}, {"content": {"role": "model"}}])
def test_the_limit_may_leave_no_parts_at_all(content: dict[str, Any]) -> None:
    events = whole(g.answer({**content, "finishReason": "MAX_TOKENS"}))
    assert text_of(events) == "" and finishes(events) == [Finish("length", "MAX_TOKENS")]


@pytest.mark.parametrize("ask_stream", [False, True])
def test_a_blocked_prompt_is_an_empty_choice(ask_stream: bool) -> None:
    blocked = g.answer(promptFeedback={"blockReason": "PROHIBITED_CONTENT"})
    events = stream(blocked) if ask_stream else whole(blocked)
    assert events[-2:] == [Finish("content_filter", "PROHIBITED_CONTENT"), End()]
    assert text_of(events) == ""


def test_a_block_in_mid_stream_ends_what_was_begun() -> None:
    begun = g.answer(g.candidate(g.text("Well")))
    events = stream(begun, g.answer(promptFeedback={"blockReason": "SAFETY"}))
    assert text_of(events) == "Well"
    assert finishes(events) == [Finish("content_filter", "SAFETY")]


def test_feedback_without_a_block_changes_nothing() -> None:
    document = {**g.plain("a"), "promptFeedback": {"safetyRatings": []}}
    assert finishes(whole(document)) == [Finish("stop", "STOP")]


@pytest.mark.parametrize(
    "document", [{}, {"candidates": []}, g.answer(), g.answer(promptFeedback={})]
)
def test_neither_candidates_nor_a_reason_is_a_failure(document: Any) -> None:
    failure = failure_of(whole(document))
    assert failure.kind is ErrorKind.PROTOCOL and "neither candidates" in failure.message


@pytest.mark.parametrize("reason", [None, "FINISH_REASON_UNSPECIFIED"])
def test_an_end_without_a_finish_reason_is_a_failure(reason: str | None) -> None:
    events = stream(g.answer(g.candidate(g.text("Hel"), finish=reason)))
    assert text_of(events) == "Hel"
    assert "before its finishReason" in failure_of(events).message


def test_every_candidate_must_have_finished() -> None:
    done, open_ = g.candidate(g.text("a"), finish="STOP"), g.candidate(g.text("b"), index=1)
    assert failure_of(whole(g.answer(done, open_))).kind is ErrorKind.PROTOCOL


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


# --- what is no answer ---


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>Sign in</html>",
        b'"text"',
        b"[]",
        b"\xff\xfe",
        b'{"candidates":',
        b'{"candidates":"none"}',
        b'{"usageMetadata":{"promptTokenCount":"many"}}',
        b'{"error":7}',
        b'{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":'
        + b"[" * 100_000
        + b"]" * 100_000
        + b"}}]}}]}",
    ],
)
def test_anything_else_is_a_failure_and_never_an_exception(data: bytes) -> None:
    assert failure_of(whole(data)).kind is ErrorKind.PROTOCOL


def test_the_failure_shows_the_start_of_what_came() -> None:
    failure = failure_of(whole(b"<html>\n<h1>Sign in</h1>"))
    assert "<html> <h1>Sign in</h1>" in failure.message and "base_url" in failure.message


def test_surplus_fields_of_any_type_are_no_matter() -> None:
    document = {**g.plain("a"), "groundingMetadata": 7, "x": [None]}
    assert text_of(whole(msgspec.json.encode(document))) == "a"
