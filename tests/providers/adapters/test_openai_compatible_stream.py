"""What the OpenAI-compatible adapter reads from streams and whole answers."""

from typing import Any

import pytest

from providers.errors import ErrorKind
from providers.events import (
    End,
    Finish,
    ReasoningDelta,
    ReasoningState,
    RefusalDelta,
    Start,
    TextDelta,
    UsageReport,
)
from providers.messages import State, Thinking, Usage
from tests.conversation import failure_of, reasoning_of, text_of
from tests.providers.adapters.openai_family import Family
from tests.upstreams.base import sse
from tests.upstreams.openai import USAGE, call, chunk, document, head, text_chunks, usage_chunk

SERVER = Family("openai_compatible", "http://localhost:8000/v1", "m")
REPORT = UsageReport(
    Usage(input=12, cached_read=4, cache_write=2, output=5, reasoning=3, native=USAGE)
)
LOGPROBS = {"content": [{"token": "Hi", "logprob": -0.1, "bytes": None, "top_logprobs": []}]}


def with_usage(usage: Any) -> Usage:
    events = SERVER.streamed(*text_chunks("a")[:-1], usage_chunk(usage))
    (report,) = [e for e in events if isinstance(e, UsageReport)]
    return report.usage


def finish_of(reason: Any, **delta: Any) -> Finish:
    events = SERVER.streamed(chunk(content="a", **delta), chunk(reason))
    (finish,) = [e for e in events if isinstance(e, Finish)]
    return finish


def test_a_stream_is_text_then_usage_then_its_end() -> None:
    assert SERVER.streamed(*text_chunks("Hello", " there")) == [
        Start("chatcmpl-1", "gpt-test"),
        TextDelta("Hello"),
        TextDelta(" there"),
        REPORT,
        Finish("stop", "stop"),
        End(),
    ]


def test_a_whole_answer_has_the_same_events() -> None:
    assert SERVER.whole(document()) == [
        REPORT,
        Start("chatcmpl-1", "gpt-test"),
        TextDelta("Hello there"),
        Finish("stop", "stop"),
        End(),
    ]


def test_text_outside_ascii_survives_any_cut() -> None:
    said = "naïve 🦙 \u2028\u0085 done"
    assert text_of(SERVER.streamed(*text_chunks(said))) == said


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_other_line_ends_are_read(end: bytes) -> None:
    data = b"".join(sse(*text_chunks("Hello"))).replace(b"\n", end)
    assert text_of(SERVER.bytes_streamed(data)) == "Hello"


def test_comments_pings_and_empty_data_are_skipped() -> None:
    data = b": ping\n\ndata:\n\ndata: \n\n" + b"".join(sse(*text_chunks("Hello")))
    assert SERVER.bytes_streamed(data)[-1] == End()


def test_each_choice_has_its_own_index() -> None:
    events = SERVER.streamed(
        chunk(index=1, content="b"),
        chunk(index=0, content="a"),
        chunk("stop", index=0),
        chunk("length", index=1),
    )
    assert TextDelta("a", 0) in events
    assert TextDelta("b", 1) in events
    assert [e for e in events if isinstance(e, Finish)] == [
        Finish("length", "length", 1),
        Finish("stop", "stop", 0),
    ]


def test_logprobs_come_with_their_text() -> None:
    piece = chunk(content="Hi")
    piece["choices"][0]["logprobs"] = LOGPROBS
    events = SERVER.streamed(piece, chunk("stop"))
    assert TextDelta("Hi", 0, LOGPROBS["content"]) in events


def test_logprobs_without_text_are_not_lost() -> None:
    piece = chunk(content="")
    piece["choices"][0]["logprobs"] = LOGPROBS
    events = SERVER.streamed(piece, chunk("stop", content="a"))
    assert TextDelta("", 0, LOGPROBS["content"]) in events


def test_logprobs_that_are_not_numbers_cost_the_number_only() -> None:
    data = b"".join(sse(*text_chunks("Hello"))).replace(
        b'"logprobs": null', b'"logprobs": {"content": [{"token": "a", "logprob": -Infinity}]}', 2
    )
    assert text_of(SERVER.bytes_streamed(data)) == "Hello"


def test_half_an_emoji_becomes_a_replacement_character() -> None:
    data = b"".join(sse(*text_chunks("X"))).replace(b'"X"', b'"\\ud83e"')
    assert text_of(SERVER.bytes_streamed(data)) == "\ufffd"


def test_a_refusal_is_told_apart_from_text() -> None:
    assert RefusalDelta("No.") in SERVER.streamed(chunk(refusal="No."), chunk("stop"))


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_is_read_under_either_name(field: str) -> None:
    delta: dict[str, Any] = {field: "hm"}
    events = SERVER.streamed(chunk(**delta), chunk(content="a"), chunk("stop"))
    assert (reasoning_of(events), text_of(events)) == ("hm", "a")


def test_reasoning_under_both_names_is_read_once() -> None:
    events = SERVER.streamed(chunk(reasoning="hm", reasoning_content="hm"), chunk("stop"))
    assert reasoning_of(events) == "hm"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_beside_a_call_is_kept_to_be_sent_back(field: str) -> None:
    first: dict[str, Any] = {field: "h"}
    then: dict[str, Any] = {field: "m", "tool_calls": [call(0, "call_1", "look")]}
    events = SERVER.streamed(chunk(**first), chunk(**then), chunk("stop"))
    assert ReasoningState(State("openai_compatible:m", field, "hm")) in events


def test_reasoning_without_a_call_need_not_be_kept() -> None:
    events = SERVER.streamed(chunk(reasoning="hm"), chunk("stop", content="a"))
    assert not [e for e in events if isinstance(e, ReasoningState)]


def test_reasoning_that_the_client_does_not_want_is_left_out() -> None:
    hidden = Thinking(want_text=False)
    events = SERVER.streamed(chunk(reasoning="hm"), *text_chunks("a"), thinking=hidden)
    assert (reasoning_of(events), text_of(events)) == ("", "a")


# --- how it ends ---


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("tool_calls", "tool_calls"),
        ("function_call", "tool_calls"),
        ("content_filter", "content_filter"),
        ("eos", "stop"),
        ("end_turn", "stop"),
        ("max_tokens", "length"),
        ("something_new", "stop"),
        (7, "stop"),
    ],
)
def test_a_finish_reason_is_normalised_and_kept(native: Any, expected: Any) -> None:
    assert finish_of(native) == Finish(expected, str(native))


@pytest.mark.parametrize("native", ["length", "content_filter"])
def test_a_call_does_not_overwrite_a_cut(native: Any) -> None:
    assert finish_of(native, tool_calls=[call(0, "call_1", "look")]).reason == native


def test_a_stop_after_a_call_is_tool_calls() -> None:
    finish = finish_of("stop", tool_calls=[call(0, "call_1", "look")])
    assert finish == Finish("tool_calls", "stop")


def test_an_empty_finish_reason_is_none() -> None:
    events = SERVER.streamed(chunk("", content="a"), chunk("length"))
    assert [e for e in events if isinstance(e, Finish)] == [Finish("length", "length")]


def test_done_without_a_finish_reason_is_a_stop() -> None:
    assert SERVER.streamed(chunk(content="a"))[-2:] == [Finish("stop", ""), End()]


def test_eof_after_a_finish_reason_is_an_end() -> None:
    assert SERVER.streamed(*text_chunks("a"), done=False)[-1] == End()


def test_eof_before_a_finish_reason_is_a_failure() -> None:
    failure = failure_of(SERVER.streamed(chunk(content="a"), done=False))
    assert failure.kind is ErrorKind.PROTOCOL
    assert "broke off" in failure.message


def test_eof_while_one_of_two_choices_goes_on_is_a_failure() -> None:
    events = SERVER.streamed(chunk("stop", content="a"), chunk(index=1, content="b"), done=False)
    assert failure_of(events).kind is ErrorKind.PROTOCOL


def test_a_last_event_without_its_blank_line_is_read() -> None:
    data = b"".join(sse(*text_chunks("a"), done=False)).rstrip(b"\n")
    assert SERVER.bytes_streamed(data)[-1] == End()


def test_nothing_after_done_is_read() -> None:
    data = b"".join(sse(*text_chunks("a"))) + b"data: garbage\n\n"
    assert SERVER.bytes_streamed(data)[-1] == End()


def test_a_whole_answer_without_a_finish_reason_is_a_stop() -> None:
    assert SERVER.whole(document(finish=None))[-2:] == [Finish("stop", ""), End()]


# --- usage ---


def test_no_usage_is_no_report() -> None:
    events = SERVER.streamed(chunk("stop", content="a"))
    assert not [e for e in events if isinstance(e, UsageReport)]


def test_usage_inside_the_choice_is_read() -> None:
    last = chunk("stop")
    last["choices"][0]["usage"] = USAGE
    assert REPORT in SERVER.streamed(chunk(content="a"), last)


def test_the_last_of_many_usages_comes_last() -> None:
    early = head(
        choices=chunk(content="a")["choices"], usage={"prompt_tokens": 12, "completion_tokens": 1}
    )
    reports = [e for e in SERVER.streamed(early, *text_chunks("b")) if isinstance(e, UsageReport)]
    assert [r.usage.output for r in reports] == [1, 5]


def test_a_cached_count_at_the_top_level_is_read() -> None:
    assert with_usage({"prompt_tokens": 9, "cached_tokens": 8}).cached_read == 8


def test_reasoning_that_the_completion_leaves_out_is_added() -> None:
    usage = with_usage(
        {
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "total_tokens": 35,
            "completion_tokens_details": {"reasoning_tokens": 20},
        }
    )
    assert (usage.output, usage.reasoning) == (25, 20)


def test_more_reasoning_than_completion_is_held_to_the_completion() -> None:
    details = {"reasoning_tokens": 9}
    usage = with_usage({"completion_tokens": 5, "completion_tokens_details": details})
    assert (usage.output, usage.reasoning) == (5, 5)


@pytest.mark.parametrize("odd", [None, "many", -1, 1.5, []])
def test_a_count_that_is_no_count_is_zero(odd: Any) -> None:
    assert with_usage({"prompt_tokens": odd, "prompt_tokens_details": odd}).input == 0


def test_reasoning_text_is_a_delta_of_its_choice() -> None:
    events = SERVER.streamed(chunk(index=1, reasoning="hm"), chunk("stop", index=1))
    assert ReasoningDelta("hm", 1) in events
