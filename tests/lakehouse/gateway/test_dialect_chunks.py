"""From events to a client's stream: one writer for every upstream."""

import json
from typing import Any

from lakehouse.errors import ApiError
from lakehouse.gateway.dialect.chunks import DONE, ChunkWriter
from providers.events import (
    End,
    Event,
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
from providers.messages import State, Usage

STATE = State("o", "k", "v")


def writer(include_usage: bool = False) -> ChunkWriter:
    return ChunkWriter("id-1", 17, "m", include_usage)


def chunks(data: bytes) -> list[dict[str, Any]]:
    *events, rest = data.split(b"\n\n")
    assert rest == b""
    return [
        json.loads(event.removeprefix(b"data: ")) for event in events if event != b"data: [DONE]"
    ]


def choices(*events: Event, include_usage: bool = False) -> list[dict[str, Any]]:
    return [c["choices"][0] for c in chunks(writer(include_usage).write(list(events)))]


def deltas(*events: Event) -> list[dict[str, Any]]:
    return [choice["delta"] for choice in choices(*events)]


FIRST = {"role": "assistant", "content": "", "refusal": None}


def test_every_chunk_has_the_same_head() -> None:
    made = writer()
    data = made.write([Start("up", "served"), TextDelta("a")]) + made.write([Finish("stop"), End()])
    heads = [{k: v for k, v in chunk.items() if k != "choices"} for chunk in chunks(data)]
    head = {"id": "id-1", "object": "chat.completion.chunk", "created": 17, "model": "m"}
    assert heads == [head | {"system_fingerprint": None}] * 3


def test_the_role_comes_first_and_once() -> None:
    assert deltas(TextDelta("a"), TextDelta("b")) == [FIRST, {"content": "a"}, {"content": "b"}]
    assert deltas(ReasoningDelta("a"), TextDelta("b"))[0] == FIRST
    assert deltas(Finish("stop"))[0] == FIRST


def test_each_choice_has_a_role_of_its_own() -> None:
    found = choices(TextDelta("a"), TextDelta("b", 1), TextDelta("c", 1))
    assert [(c["index"], c["delta"]) for c in found] == [
        (0, FIRST),
        (0, {"content": "a"}),
        (1, FIRST),
        (1, {"content": "b"}),
        (1, {"content": "c"}),
    ]


def test_the_finish_has_an_empty_delta() -> None:
    *_, last = choices(TextDelta("a"), Finish("length", "max_tokens"))
    assert last == {
        "index": 0,
        "delta": {},
        "logprobs": None,
        "finish_reason": "length",
        "native_finish_reason": "max_tokens",
    }


def test_a_finish_of_one_name_is_told_once() -> None:
    assert "native_finish_reason" not in choices(Finish("stop", "stop"))[-1]


def test_a_call_opens_with_its_name_and_goes_on_in_pieces() -> None:
    _, *found = deltas(
        ToolStart(0, "c1", "f", STATE), ToolArgs(0, "{"), ToolArgs(0, "}"), ToolEnd(0)
    )
    assert [delta["tool_calls"] for delta in found] == [
        [
            {
                "index": 0,
                "id": "c1",
                "type": "function",
                "function": {"name": "f", "arguments": ""},
                "lakehouse_state": {"origin": "o", "kind": "k", "value": "v"},
            }
        ],
        [{"index": 0, "function": {"arguments": "{"}}],
        [{"index": 0, "function": {"arguments": "}"}}],
    ]


def test_reasoning_its_state_and_refusals_have_their_fields() -> None:
    _, *found = deltas(ReasoningDelta("hm"), ReasoningState(STATE), RefusalDelta("no"))
    assert found == [
        {"reasoning_content": "hm"},
        {"lakehouse_state": [{"origin": "o", "kind": "k", "value": "v"}]},
        {"refusal": "no"},
    ]


def test_logprobs_stand_beside_their_piece() -> None:
    _, found = choices(TextDelta("a", 0, [{"token": "a"}]))
    assert found["logprobs"] == {"content": [{"token": "a"}], "refusal": None}


def test_what_a_client_does_not_see_is_no_chunk() -> None:
    unseen: list[Event] = [
        Start("a", "b"),
        UsageReport(Usage(1)),
        ToolEnd(0),
        ToolArgs(0, ""),
        End(),
    ]
    assert writer().write(unseen) == b""


def test_the_end_is_done_alone_when_usage_was_not_asked_for() -> None:
    assert writer().end(Usage(1)) == DONE


def test_the_end_has_a_usage_chunk_when_it_was_asked_for() -> None:
    data = writer(include_usage=True).end(Usage(3, output=4))
    assert data.endswith(DONE)
    (chunk,) = chunks(data)
    assert (chunk["choices"], chunk["usage"]["total_tokens"]) == ([], 7)


def test_with_usage_asked_for_every_other_chunk_has_null() -> None:
    events: list[Event] = [TextDelta("a"), ReasoningDelta("b"), Finish("stop")]
    assert all(c["usage"] is None for c in chunks(writer(True).write(events)))
    assert all("usage" not in c for c in chunks(writer(False).write(events)))


def test_an_error_is_an_event_of_its_own() -> None:
    data = ChunkWriter.error(ApiError(502, "provider_error", "broke"), "req-1")
    assert data.endswith(b"\n\n")
    (found,) = chunks(data)
    assert (found["error"]["code"], found["error"]["request_id"]) == ("provider_error", "req-1")


def test_text_of_every_kind_is_one_line_of_json() -> None:
    odd = 'a\n\r\u2028\u0085"\\\0😀'
    data = writer().write([TextDelta(odd)])
    assert b"\r" not in data
    assert chunks(data)[-1]["choices"][0]["delta"]["content"] == odd
