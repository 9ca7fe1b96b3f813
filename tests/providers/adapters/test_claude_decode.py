from typing import Any

import pytest

from providers.errors import ErrorKind
from providers.events import (
    End,
    Event,
    Fail,
    Finish,
    ReasoningDelta,
    ReasoningState,
    RefusalDelta,
    Start,
    TextDelta,
    ToolArgs,
    ToolEnd,
    ToolStart,
    UsageReport,
)
from providers.messages import State, Thinking, Usage
from tests.conversation import failure_of, reasoning_of, text_of
from tests.providers.adapters.claude_requests import ADAPTER, decoded, endpoint, newer
from tests.upstreams.claude import (
    PING,
    STOP,
    answer,
    block,
    delta,
    error_event,
    event,
    redacted,
    start,
    text,
    thinking,
    tool,
)

RICH = answer(
    thinking(0, "sig", "Hm, ", "ja: ä€😀"),
    redacted(1, "xyz"),
    text(2, "Grüß", " dich"),
    tool(3, "toolu_1", "look", "", '{"at":', '"sky"}'),
    tool(4, "toolu_2", "point"),
    reason="tool_use",
    usage={"output_tokens": 42},
)


def bare(events: list[Event]) -> list[Event]:
    """The events without the frame round them: start, usage, finish, end."""
    return [e for e in events if not isinstance(e, Start | UsageReport | Finish | End)]


def finish_of(events: list[Event]) -> Finish:
    (only,) = [e for e in events if isinstance(e, Finish)]
    assert isinstance(events[-1], End)
    return only


def usage_of(events: list[Event]) -> Usage:
    return [e.usage for e in events if isinstance(e, UsageReport)][-1]


def test_a_rich_answer_is_read_whole() -> None:
    origin = "claude:opus-4-8"
    signed = {"type": "thinking", "thinking": "Hm, ja: ä€😀", "signature": "sig"}
    assert bare(decoded(RICH)) == [
        ReasoningDelta("Hm, "),
        ReasoningDelta("ja: ä€😀"),
        ReasoningState(State(origin, "thinking", signed)),
        ReasoningState(
            State(origin, "redacted_thinking", {"type": "redacted_thinking", "data": "xyz"})
        ),
        TextDelta("Grüß"),
        TextDelta(" dich"),
        ToolStart(0, "toolu_1", "look"),
        ToolArgs(0, '{"at":'),
        ToolArgs(0, '"sky"}'),
        ToolEnd(0),
        ToolStart(1, "toolu_2", "point"),
        ToolArgs(1, "{}"),
        ToolEnd(1),
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000])
def test_slices_of_any_size_read_the_same(size: int) -> None:
    assert decoded(RICH, size) == decoded(RICH)


def test_lines_may_end_in_cr_and_lf() -> None:
    assert decoded(RICH.replace(b"\n", b"\r\n"), 1) == decoded(RICH)


def test_the_start_names_the_vendors_id_and_model() -> None:
    assert decoded(answer(text(0, "a")))[0] == Start("msg_01", "claude-opus-4-8")


def test_a_good_end_is_a_finish_and_then_an_end() -> None:
    assert decoded(answer(text(0, "a")))[-2:] == [Finish("stop", "end_turn"), End()]


def test_nothing_is_read_after_the_end() -> None:
    assert decoded(answer(text(0, "a")) + text(1, "more") + STOP)[-1] == End()


def test_more_bytes_after_the_end_say_nothing() -> None:
    decoder = ADAPTER.decoder(endpoint(), newer())
    decoder.feed(answer(text(0, "a")))
    assert decoder.feed(b"data: [DONE]\n\n") == []
    assert decoder.finish() == []


def test_a_last_event_without_its_blank_line_still_counts() -> None:
    assert decoded(answer(text(0, "a")).rstrip(b"\n"))[-1] == End()


# --- finish reasons ---


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("refusal", "content_filter"),
        ("pause_turn", "stop"),
        ("compaction", "stop"),
        ("something_new", "stop"),
    ],
)
def test_each_stop_reason_has_its_finish_and_keeps_its_name(native: str, reason: Any) -> None:
    assert finish_of(decoded(answer(text(0, "a"), reason=native))) == Finish(reason, native)


@pytest.mark.parametrize("native", ["end_turn", "pause_turn", "something_new"])
def test_a_plain_stop_after_a_tool_call_is_tool_calls(native: str) -> None:
    made = finish_of(decoded(answer(tool(0, "t", "look"), reason=native)))
    assert made == Finish("tool_calls", native)


def test_a_cut_answer_with_a_tool_call_stays_length() -> None:
    assert finish_of(decoded(answer(tool(0, "t", "look"), reason="max_tokens"))).reason == "length"


def test_a_refusal_without_blocks_is_a_content_filter_finish() -> None:
    events = decoded(answer(reason="refusal"))
    assert bare(events) == []
    assert finish_of(events).reason == "content_filter"


def test_what_a_refusal_explains_is_told() -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "I cannot."}
    events = decoded(start() + delta("refusal", stop_details=details) + STOP)
    assert bare(events) == [RefusalDelta("I cannot.")]


def test_a_stop_without_any_reason_is_a_plain_stop() -> None:
    assert finish_of(decoded(start() + text(0, "a") + STOP)) == Finish("stop", "")


def test_a_null_reason_does_not_undo_an_earlier_one() -> None:
    events = decoded(start() + delta("max_tokens") + delta(None) + STOP)
    assert finish_of(events).reason == "length"


# --- usage ---


def test_input_counts_what_the_cache_read_and_wrote() -> None:
    given = {
        "input_tokens": 10,
        "cache_creation_input_tokens": 20,
        "cache_read_input_tokens": 300,
        "output_tokens": 7,
        "output_tokens_details": {"thinking_tokens": 5},
    }
    usage = usage_of(decoded(start(given) + STOP))
    assert (usage.input, usage.cached_read, usage.cache_write) == (330, 300, 20)
    assert (usage.output, usage.reasoning) == (7, 5)
    assert usage.native == given


def test_later_counts_replace_earlier_ones_and_are_not_added() -> None:
    first = {"input_tokens": 10, "output_tokens": 1}
    last = {"input_tokens": 12, "output_tokens": 9, "cache_read_input_tokens": None}
    events = decoded(start(first) + delta(None, {"output_tokens": 4}) + delta("end_turn", last))
    assert (usage_of(events).input, usage_of(events).output) == (12, 9)


def test_counts_of_the_start_hold_where_later_ones_are_silent() -> None:
    assert usage_of(decoded(answer(text(0, "a"), usage={"output_tokens": 9}))).input == 10


def test_counts_may_come_without_a_reason() -> None:
    counted = event("message_delta", usage={"output_tokens": 9})
    assert usage_of(decoded(start() + counted + STOP)).output == 9


def test_counts_that_are_no_numbers_count_nothing() -> None:
    odd = {"input_tokens": "many", "output_tokens": -1, "output_tokens_details": []}
    usage = usage_of(decoded(start(odd) + STOP))
    assert (usage.input, usage.output, usage.reasoning) == (0, 0, 0)


# --- what proxies and vendors do ---


def test_a_second_start_is_ignored() -> None:
    events = decoded(start() + text(0, "a") + start(id="msg_02") + delta("end_turn") + STOP)
    assert [e.id for e in events if isinstance(e, Start)] == ["msg_01"]


def test_a_late_start_overwrites_no_count() -> None:
    late = start({"input_tokens": 10, "output_tokens": 1})
    events = decoded(text(0, "a") + delta("end_turn", {"output_tokens": 9}) + late + STOP)
    assert (usage_of(events).input, usage_of(events).output) == (10, 9)


def test_pings_say_nothing_wherever_they_come() -> None:
    pinged = PING + RICH.replace(b"event: content_block_stop", PING + b"event: content_block_stop")
    assert bare(decoded(pinged)) == bare(decoded(RICH))


def test_blanks_inside_the_data_are_read_over() -> None:
    padded = b'data:   {  "type" : "message_stop"   }   \n\n'
    assert decoded(start() + padded)[-1] == End()


def test_an_event_without_a_name_is_read_by_its_type() -> None:
    assert text_of(decoded(b"\n".join(x for x in RICH.split(b"\n") if x[:6] != b"event:"))) != ""


def test_unknown_events_blocks_and_deltas_are_skipped() -> None:
    odd = (
        event("compaction_start", index="x", delta="y")
        + block(0, {"type": "server_tool_use", "input": {}}, {"type": "new_delta", "text": 5})
        + block(1, {"type": "web_search_tool_result", "content": [], "id": 7})
        + text(2, "a")
        + event("content_block_delta", index=2, delta={"type": "citations_delta", "citation": {}})
    )
    events = decoded(start() + odd + delta("end_turn") + STOP)
    assert bare(events) == [TextDelta("a")]


def test_a_block_that_starts_with_text_says_it() -> None:
    assert text_of(decoded(answer(block(0, {"type": "text", "text": "a"})))) == "a"


def test_a_delta_without_its_block_says_nothing() -> None:
    stray = event(
        "content_block_delta", index=9, delta={"type": "input_json_delta", "partial_json": "{}"}
    )
    assert bare(decoded(answer(stray))) == []


@pytest.mark.parametrize("kind", ["content_block_delta", "content_block_start"])
def test_an_event_without_its_inside_says_nothing(kind: str) -> None:
    assert bare(decoded(answer(event(kind, index=0)))) == []


def test_a_tool_whose_arguments_come_with_its_start_keeps_them() -> None:
    whole = {"type": "tool_use", "id": "t", "name": "look", "input": {"at": "sky"}}
    assert ToolArgs(0, '{"at": "sky"}') in decoded(answer(block(0, whole)))


def test_a_tool_whose_arguments_are_null_gets_an_empty_object() -> None:
    whole = {"type": "tool_use", "id": "t", "name": "look", "input": None}
    assert ToolArgs(0, "{}") in decoded(answer(block(0, whole)))


def test_a_repeated_or_missing_tool_id_is_replaced() -> None:
    data = answer(tool(0, "same", "look"), tool(1, "same", "look"), tool(2, "", "look"))
    ids = [e.id for e in decoded(data) if isinstance(e, ToolStart)]
    assert ids[0] == "same"
    assert len(set(ids)) == 3


def test_a_block_left_open_is_closed_by_the_end() -> None:
    open_call = {"type": "tool_use", "id": "t", "name": "look", "input": {}}
    unclosed = event("content_block_start", index=0, content_block=open_call)
    events = decoded(start() + unclosed + delta("tool_use") + STOP)
    assert bare(events)[-2:] == [ToolArgs(0, "{}"), ToolEnd(0)]


def test_thinking_without_a_signature_has_no_state() -> None:
    events = decoded(answer(thinking(0, "", "hm")))
    assert bare(events) == [ReasoningDelta("hm")]


def test_hidden_thinking_is_a_state_without_text() -> None:
    (only,) = bare(decoded(answer(thinking(0, "sig"))))
    assert isinstance(only, ReasoningState)
    assert only.state.value == {"type": "thinking", "thinking": "", "signature": "sig"}


def test_thinking_that_comes_with_its_start_is_kept() -> None:
    whole = {"type": "thinking", "thinking": "hm", "signature": "sig"}
    events = decoded(answer(block(0, whole)))
    assert reasoning_of(events) == "hm"
    assert ReasoningState(State("claude:opus-4-8", "thinking", whole)) in events


def test_thinking_that_is_not_wanted_is_kept_but_not_told() -> None:
    asked = newer(thinking=Thinking(want_text=False))
    whole = block(1, {"type": "thinking", "thinking": "hm", "signature": "sig"})
    events = decoded(answer(thinking(0, "sig", "hm"), whole), asked=asked)
    assert reasoning_of(events) == ""
    assert [type(e) for e in bare(events)] == [ReasoningState, ReasoningState]


# --- bad ends ---


@pytest.mark.parametrize("cut", range(0, len(RICH) - len(STOP), 97))
def test_a_stream_that_ends_anywhere_before_its_stop_has_failed(cut: int) -> None:
    failure = failure_of(decoded(RICH[:cut]))
    assert failure.kind is ErrorKind.PROTOCOL
    assert "before message_stop" in failure.message or "no event stream" in failure.message


def test_an_error_inside_the_stream_ends_it_with_its_kind() -> None:
    events = decoded(start() + text(0, "a") + error_event("overloaded_error", "Overloaded") + STOP)
    failure = failure_of(events)
    assert (failure.kind, failure.status) == (ErrorKind.OVERLOADED, 200)
    assert text_of(events) == "a"
    assert "Overloaded" in failure.message


@pytest.mark.parametrize(
    "data",
    [
        b'event: error\ndata: {"error":{"type":"overloaded_error","message":"full"}}\n\n',
        b'data: {"error":{"type":"overloaded_error","message":"full"}}\n\n',
        b'{"type":"error","error":{"type":"overloaded_error","message":"full"}}\n',
        b'{\n "error": {"type": "overloaded_error",\n "message": "full"}\n}',
    ],
)
def test_an_error_in_any_wrapping_is_found(data: bytes) -> None:
    failure = failure_of(decoded(data))
    assert (failure.kind, failure.code) == (ErrorKind.OVERLOADED, "overloaded_error")


@pytest.mark.parametrize("data", [b'data: {"error":"it broke"}\n\n', b"event: error\ndata: {}\n\n"])
def test_an_error_without_a_type_is_the_servers(data: bytes) -> None:
    assert failure_of(decoded(data)).kind is ErrorKind.SERVER


def test_a_web_page_instead_of_a_stream_is_shown() -> None:
    failure = failure_of(decoded(b"<html><body>Sign in</body></html>"))
    assert failure.kind is ErrorKind.PROTOCOL
    assert "Sign in" in failure.message


@pytest.mark.parametrize(
    "data",
    [
        b"data: {broken\n\n",
        b"data: \xff\xfe\n\n",
        b"data: [DONE]\n\n",
        b"data: 7\n\n",
        b'data: {"type":5}\n\n',
        b"data: " + b"[" * 5000 + b"\n\n",
        event("content_block_delta", index=0, delta={"type": "text_delta", "text": 5}),
        event("content_block_delta", index=0, delta="text"),
        event("content_block_start", index=0, content_block={"type": "text", "text": []}),
        event("message_delta", delta={"stop_reason": 5}),
    ],
)
def test_a_document_that_cannot_be_read_ends_the_answer(data: bytes) -> None:
    failure = failure_of(decoded(start() + data + STOP))
    assert failure.kind is ErrorKind.PROTOCOL
    assert not failure.retryable


def test_nothing_follows_a_failure() -> None:
    decoder = ADAPTER.decoder(endpoint(), newer())
    (failed,) = decoder.feed(b"data: {broken\n\n" + STOP)
    assert isinstance(failed, Fail)
    assert decoder.feed(STOP) == []
    assert decoder.finish() == []


def test_a_failure_in_the_last_words_is_the_only_one() -> None:
    decoder = ADAPTER.decoder(endpoint(), newer())
    assert decoder.feed(b"data: {broken") == []
    assert [type(e) for e in decoder.finish()] == [Fail]


def test_a_line_without_end_is_refused() -> None:
    decoder = ADAPTER.decoder(endpoint(), newer())
    decoder.feed(b"data: ")
    events = [e for _ in range(9) for e in decoder.feed(b"x" * 1024 * 1024)]
    assert failure_of(events).kind is ErrorKind.PROTOCOL
