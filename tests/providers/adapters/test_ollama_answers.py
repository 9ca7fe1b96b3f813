"""What the Ollama adapter reads from an answer's bytes, streamed and whole."""

import json
from typing import Any

import pytest

from providers import tool_ids
from providers.adapters import get
from providers.adapters.base import Decoder
from providers.endpoint import Endpoint
from providers.errors import ErrorKind
from providers.events import (
    End,
    Event,
    Fail,
    Finish,
    ReasoningDelta,
    Start,
    TextDelta,
    ToolArgs,
    ToolEnd,
    ToolStart,
    UsageReport,
)
from providers.messages import JsonSchema, Sampling, Thinking, Usage
from providers.sse import MAX_LINE
from tests.conversation import ask, failure_of, feed, reasoning_of, text_of
from tests.upstreams.base import ndjson
from tests.upstreams.ollama import MODEL, USAGE, call, document, error, last, line

ENDPOINT = Endpoint("local", "ollama", "http://localhost:11434")
REPORT = UsageReport(Usage(input=26, output=282, native=USAGE))


def decoder(*, stream: bool = True, **asked: Any) -> Decoder:
    return get("ollama").decoder(ENDPOINT, ask(stream=stream, **asked))


def read(*lines: Any, **asked: Any) -> list[Event]:
    """The events of a stream, which must not depend on how its bytes are cut."""
    data = b"".join(ndjson(*lines))
    whole = feed(decoder(**asked), data)
    if not any(isinstance(event, ToolStart) for event in whole):
        assert feed(decoder(**asked), data, size=1) == whole
    return whole


def read_whole(answer: Any, **asked: Any) -> list[Event]:
    data = answer if isinstance(answer, bytes) else json.dumps(answer, indent=1).encode()
    return feed(decoder(stream=False, **asked), data, size=7)


# --- text, thinking, usage ---


def test_a_stream_is_text_then_its_end_with_usage() -> None:
    assert read(line("Hello"), line(" there"), last()) == [
        Start(model=MODEL),
        TextDelta("Hello"),
        TextDelta(" there"),
        REPORT,
        Finish("stop", "stop"),
        End(),
    ]


def test_a_whole_answer_gives_the_same_events_at_its_end() -> None:
    reader = decoder(stream=False)
    assert reader.feed(json.dumps(document("Hello", thinking="hm")).encode()) == []
    assert reader.finish() == [
        Start(model=MODEL),
        ReasoningDelta("hm"),
        TextDelta("Hello"),
        REPORT,
        Finish("stop", "stop"),
        End(),
    ]


def test_thinking_comes_out_apart_from_the_text() -> None:
    events = read(line(thinking="Let me "), line(thinking="see."), line("Yes"), last())
    assert (reasoning_of(events), text_of(events)) == ("Let me see.", "Yes")


@pytest.mark.parametrize("stream", [True, False])
def test_thinking_that_is_not_wanted_is_left_out(stream: bool) -> None:
    answer = json.dumps(document("Yes", thinking="hm")).encode() + b"\n"
    events = feed(decoder(stream=stream, thinking=Thinking(want_text=False)), answer)
    assert (reasoning_of(events), text_of(events)) == ("", "Yes")


def test_counts_that_are_left_out_are_zero() -> None:
    ending = {"done": True, "done_reason": "stop", "eval_count": 3}
    events = read(line("x"), ending)
    assert UsageReport(Usage(output=3, native={"eval_count": 3})) in events


def test_the_last_line_may_lack_its_line_end() -> None:
    data = b"".join(ndjson(line("x"), last())).rstrip(b"\n")
    assert feed(decoder(), data)[-1] == End()


def test_separators_of_other_formats_stay_in_the_text() -> None:
    said = "a\u2028b\u0085c\x0bd\r\ne"
    raw = json.dumps(line(said), ensure_ascii=False).encode() + b"\n" + ndjson(last())[0]
    assert text_of(feed(decoder(), raw, size=1)) == said


def test_blank_lines_between_are_nothing() -> None:
    data = b"\r\n \n".join(ndjson(line("x"), last()))
    assert text_of(feed(decoder(), data)) == "x"


def test_what_comes_after_the_end_is_not_read() -> None:
    assert read(line("x"), last(), line("more"))[-1] == End()
    assert text_of(read(line("x"), last(), line("more"))) == "x"


def test_unknown_fields_are_nothing() -> None:
    odd = line("x", remote_model="m", novelty={"a": [1]}) | {"created_at": 5}
    odd["message"] |= {"images": None, "shape": [[]]}
    assert text_of(read(odd, last(tokens_per_second=1.5))) == "x"


def test_a_line_without_a_message_is_nothing() -> None:
    assert text_of(read({"model": MODEL, "done": False}, line("x"), last())) == "x"


def test_an_answer_without_a_model_name_starts_without_one() -> None:
    assert read({"message": {"content": "x"}, "model": None}, last())[0] == Start()


def test_counts_that_are_no_numbers_do_not_lose_the_answer() -> None:
    events = read(line("x"), last(eval_count="many", prompt_eval_count=None))
    (report,) = [event.usage for event in events if isinstance(event, UsageReport)]
    assert (report.input, report.output) == (0, 0)
    assert events[-1] == End()


# --- finish reasons ---


@pytest.mark.parametrize(
    ("native", "reason"),
    [("stop", "stop"), ("length", "length"), ("load", "stop"), ("unload", "stop"), ("new", "stop")],
)
def test_a_reason_finds_its_name(native: str, reason: str) -> None:
    assert Finish(reason, native) in read(line("x"), last(native))  # type: ignore[arg-type]


def test_a_stop_after_a_tool_call_is_tool_calls() -> None:
    assert Finish("tool_calls", "stop") in read(line(calls=[call("look", {})]), last())


def test_length_stays_length_after_a_tool_call() -> None:
    assert Finish("length", "length") in read(line(calls=[call("look", {})]), last("length"))


@pytest.mark.parametrize("reason", ["", None])
def test_an_end_without_a_reason_is_a_failure_that_keeps_the_usage(reason: str | None) -> None:
    events = read(line("The answer is"), last(reason))
    assert failure_of(events).kind is ErrorKind.PROTOCOL
    assert REPORT in events


def test_an_end_without_a_reason_is_good_after_a_tool_call() -> None:
    events = read(line(calls=[call("look", {})]), last(None))
    assert events[-2:] == [Finish("tool_calls"), End()]


@pytest.mark.parametrize("output", ["json_object", JsonSchema("a", {"type": "object"})])
def test_an_end_without_a_reason_is_good_when_the_asked_json_is_whole(output: Any) -> None:
    assert read(line('{"a":'), line(" 1}"), last(""), output=output)[-1] == End()


def test_an_end_without_a_reason_is_a_failure_when_the_asked_json_is_cut() -> None:
    assert isinstance(read(line('{"a":'), last(""), output="json_object")[-1], Fail)


# --- tools ---


@pytest.mark.parametrize("stream", [True, False])
def test_a_tool_call_keeps_its_id_and_the_spelling_of_its_arguments(stream: bool) -> None:
    data = (
        b'{"message":{"role":"assistant","content":"","tool_calls":[{"id":"call_9f3k2a1b",'
        b'"function":{"index":0,"name":"pay","arguments":{"sum": 1.10,"to":"\xc3\xa9"}}}]},'
        b'"done":true,"done_reason":"stop"}\n'
    )
    events = feed(decoder(stream=stream), data)
    assert events[1:4] == [
        ToolStart(0, "call_9f3k2a1b", "pay"),
        ToolArgs(0, '{"sum": 1.10,"to":"é"}'),
        ToolEnd(0),
    ]


def starts(events: list[Event]) -> list[ToolStart]:
    return [event for event in events if isinstance(event, ToolStart)]


@pytest.mark.parametrize("given", [None, "", "not an id!", 7])
def test_a_missing_or_unfit_id_is_made_up(given: Any) -> None:
    (start,) = starts(read(line(calls=[call("look", {}, given)]), last()))
    assert start.id.startswith("call_") and tool_ids.valid(start.id)


def test_a_repeated_id_is_told_apart() -> None:
    first, second = starts(read(line(calls=[call("a", {}, "x"), call("b", {}, "x")]), last()))
    assert first.id == "x" != second.id


def test_calls_of_one_line_and_of_several_get_slots_in_order() -> None:
    events = read(line(calls=[call("a", {}), call("b", {})]), line(calls=[call("c", {})]), last())
    assert [(s.slot, s.name) for s in starts(events)] == [(0, "a"), (1, "b"), (2, "c")]


def test_only_the_first_call_is_kept_when_one_at_a_time_is_asked() -> None:
    lines = (line(calls=[call("a", {}), call("b", {})]), line(calls=[call("c", {})]), last())
    events = read(*lines, parallel_tools=False)
    assert [s.name for s in starts(events)] == ["a"]
    assert Finish("tool_calls", "stop") in events


@pytest.mark.parametrize(
    ("given", "text"), [({}, "{}"), (None, "{}"), ("", "{}"), ('{"a": 1}', '{"a": 1}')]
)
def test_arguments_become_the_text_of_an_object(given: Any, text: str) -> None:
    assert ToolArgs(0, text) in read(line(calls=[call("look", given)]), last())


def test_a_tool_call_without_arguments_becomes_an_empty_object() -> None:
    assert ToolArgs(0, "{}") in read(line(calls=[{"function": {"name": "look"}}]), last())


def test_a_tool_call_without_a_name_is_a_protocol_failure() -> None:
    events = read(line(calls=[{"function": {"arguments": {}}}]), last())
    assert failure_of(events).kind is ErrorKind.PROTOCOL


def test_arguments_that_are_not_utf_8_are_a_protocol_failure() -> None:
    data = b'{"message":{"tool_calls":[{"function":{"name":"a","arguments":{"b":"\xff"}}}]}}\n'
    assert failure_of(feed(decoder(), data)).kind is ErrorKind.PROTOCOL


# --- logprobs ---

ENTRY = {"token": "Hi", "logprob": -0.1, "bytes": [72, 105], "top_logprobs": []}


def logprobs_of(*lines: Any) -> list[Any]:
    events = read(*lines, sampling=Sampling(logprobs=True))
    return [event.logprobs for event in events if isinstance(event, TextDelta)]


def test_logprobs_come_with_their_text() -> None:
    assert logprobs_of(line("Hi", logprobs=[ENTRY]), last()) == [[ENTRY]]


def test_members_that_are_left_out_of_logprobs_are_put_back() -> None:
    short = {"token": "Hi", "logprob": -0.1, "top_logprobs": [{"token": "Ho", "logprob": -3.0}]}
    ((entry,),) = logprobs_of(line("Hi", logprobs=[short]), last())
    assert entry["bytes"] is None
    assert entry["top_logprobs"] == [{"bytes": None, "token": "Ho", "logprob": -3.0}]


def test_logprobs_of_text_that_is_held_back_are_not_lost() -> None:
    assert logprobs_of(line("", logprobs=[ENTRY]), line("Hi"), last()) == [[ENTRY], None]


def test_logprobs_of_a_thought_are_not_those_of_the_text() -> None:
    assert logprobs_of(line(thinking="hm", logprobs=[ENTRY]), line("Hi"), last()) == [None]


def test_logprobs_that_were_not_asked_for_are_left_out() -> None:
    assert TextDelta("Hi") in read(line("Hi", logprobs=[ENTRY]), last())


@pytest.mark.parametrize("odd", ["x", {}, [1, None], [{"token": "a", "top_logprobs": [3]}]])
def test_odd_logprobs_do_not_lose_the_text(odd: Any) -> None:
    events = read(line("Hi", logprobs=odd), last(), sampling=Sampling(logprobs=True))
    assert (text_of(events), events[-1]) == ("Hi", End())


# --- what is no answer ---


def test_an_end_of_the_stream_before_it_is_done_is_a_failure() -> None:
    found = failure_of(read(line("Hel"), line("lo")))
    assert found.kind is ErrorKind.PROTOCOL
    assert "local" in found.message


def test_a_last_line_that_is_cut_is_a_failure() -> None:
    data = b"".join(ndjson(line("Hel"), last()))[:-40]
    assert failure_of(feed(decoder(), data)).kind is ErrorKind.PROTOCOL


@pytest.mark.parametrize("stream", [True, False])
def test_nothing_at_all_is_a_failure(stream: bool) -> None:
    assert failure_of(feed(decoder(stream=stream), b"")).kind is ErrorKind.PROTOCOL


@pytest.mark.parametrize(
    "data",
    [
        b"<html><body>502 Bad Gateway</body></html>\n",
        b'{"message": {"content": "x"}\n',
        b'{"message": {"content": "\xff"}}\n',
        b'{"message": {"content": 5}}\n',
        b'{"message": "x"}\n',
        b"[1, 2]\n",
        b"null\n",
        b'{"message":' + b"[" * 20000 + b"\n",
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_what_is_no_chat_answer_is_a_protocol_failure(data: bytes, stream: bool) -> None:
    events = feed(decoder(stream=stream), data)
    assert failure_of(events).kind is ErrorKind.PROTOCOL
    assert len(events) == 1


def test_a_malformed_line_ends_a_stream_whose_text_was_given() -> None:
    data = ndjson(line("Hel"))[0] + b"oops\n" + ndjson(line("lo"))[0]
    events = feed(decoder(), data)
    assert text_of(events) == "Hel"
    assert isinstance(events[-1], Fail)


def test_a_line_without_an_end_is_given_up() -> None:
    reader = decoder()
    assert reader.feed(b'{"message": {"content": "') == []
    assert failure_of(reader.feed(b"x" * MAX_LINE)).kind is ErrorKind.PROTOCOL
    assert reader.finish() == []


def test_a_whole_answer_that_is_not_done_is_a_failure() -> None:
    assert failure_of(read_whole(line("Hel"))).kind is ErrorKind.PROTOCOL


def test_a_last_line_with_bad_bytes_in_an_unknown_field_still_ends_the_answer() -> None:
    data = b'{"done":true,"done_reason":"stop","novelty":"\xff"}\n'
    assert feed(decoder(), data)[-1] == End()


# --- errors in an answer of status 200 ---


def test_an_error_on_a_line_of_its_own_ends_the_stream() -> None:
    events = read(line("Hel"), error("llama runner process has terminated"))
    found = failure_of(events)
    assert (found.kind, found.retryable, found.failover) == (ErrorKind.SERVER, True, True)
    assert found.message == "local says: llama runner process has terminated"
    assert text_of(events) == "Hel"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("you (ann) have reached your weekly usage limit, upgrade", ErrorKind.QUOTA),
        ("server busy, please try again", ErrorKind.OVERLOADED),
        ("model 'x' not found", ErrorKind.MODEL_NOT_FOUND),
        ("the input length exceeds the context length", ErrorKind.CONTEXT_LENGTH),
        ('"gemma" does not support tools', ErrorKind.UNSUPPORTED),
        ("unauthorized", ErrorKind.AUTH),
        ("this model requires a subscription, upgrade for access", ErrorKind.PERMISSION),
        ("context canceled", ErrorKind.CANCELLED),
        ("out of memory", ErrorKind.SERVER),
    ],
)
def test_an_error_inside_an_answer_is_named_by_its_words(text: str, kind: ErrorKind) -> None:
    assert failure_of(read(error(text))).kind is kind
    assert failure_of(read_whole(error(text))).kind is kind


@pytest.mark.parametrize(
    "document",
    [
        {"error": {"message": "server busy", "code": 503}},
        [{"error": "server busy"}],
        {"error": "server busy", "message": "not a message"},
    ],
)
def test_an_error_is_found_in_other_shapes_too(document: Any) -> None:
    assert failure_of(read(document)).kind is ErrorKind.OVERLOADED
    assert failure_of(read_whole(document)).kind is ErrorKind.OVERLOADED


@pytest.mark.parametrize("odd", [{"code": 1}, ["x"], 7, True])
def test_an_error_without_words_is_still_an_error(odd: Any) -> None:
    assert failure_of(read({"error": odd})).kind is ErrorKind.SERVER
