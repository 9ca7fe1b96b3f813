"""From events to one whole answer in OpenAI's shape."""

import json
from typing import Any

from lakehouse.gateway.dialect.answer import Answer, usage_object
from providers.errors import ErrorKind, failure
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
from providers.messages import State, Usage

STATE = State("o", "k", "v")


def answer(*events: Event) -> Answer:
    made = Answer()
    for event in events:
        made.add(event)
    return made


def document(*events: Event) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer(*events).document("id-1", 17, "asked"))
    return found


def message(*events: Event) -> dict[str, Any]:
    found: dict[str, Any] = document(*events)["choices"][0]["message"]
    return found


def test_a_document_has_every_field_of_openais() -> None:
    found = document(Start("up-1", "served"), TextDelta("Hi"), Finish("stop"), End())
    assert {k: v for k, v in found.items() if k not in ("choices", "usage")} == {
        "id": "id-1",
        "object": "chat.completion",
        "created": 17,
        "model": "served",
        "service_tier": None,
        "system_fingerprint": None,
    }
    assert found["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hi", "refusal": None, "annotations": []},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]


def test_the_model_asked_stands_in_for_one_that_was_not_told() -> None:
    assert document(TextDelta("Hi"))["model"] == "asked"


def test_pieces_of_text_are_joined() -> None:
    assert message(TextDelta("He"), TextDelta("llo"))["content"] == "Hello"


def test_no_text_and_no_call_is_empty_text() -> None:
    assert message(Finish("length"))["content"] == ""


def test_a_call_without_text_has_null_content() -> None:
    assert message(ToolStart(0, "c1", "f"))["content"] is None


def test_calls_are_put_together_in_their_order() -> None:
    found = message(
        ToolStart(0, "c1", "f"),
        ToolStart(1, "c2", "g", STATE),
        ToolArgs(1, '{"b"'),
        ToolArgs(0, "{}"),
        ToolArgs(1, ": 2}"),
        ToolEnd(0),
    )
    assert found["tool_calls"] == [
        {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
        {
            "id": "c2",
            "type": "function",
            "function": {"name": "g", "arguments": '{"b": 2}'},
            "lakehouse_state": {"origin": "o", "kind": "k", "value": "v"},
        },
    ]


def test_a_call_without_arguments_has_an_empty_object() -> None:
    assert message(ToolStart(0, "c1", "f"))["tool_calls"][0]["function"]["arguments"] == "{}"


def test_reasoning_and_its_states_stand_beside_the_text() -> None:
    found = message(
        ReasoningDelta("H"), ReasoningDelta("m."), ReasoningState(STATE), TextDelta("x")
    )
    assert found["reasoning_content"] == "Hm."
    assert found["lakehouse_state"] == [{"origin": "o", "kind": "k", "value": "v"}]


def test_a_refusal_is_its_own_field() -> None:
    found = message(RefusalDelta("I "), RefusalDelta("won't."))
    assert (found["refusal"], found["content"]) == ("I won't.", "")


def test_choices_stand_in_the_order_of_their_numbers() -> None:
    found = document(TextDelta("b", 1), TextDelta("a", 0), Finish("stop", choice=1))
    assert [(c["index"], c["message"]["content"]) for c in found["choices"]] == [(0, "a"), (1, "b")]


def test_logprobs_of_all_pieces_are_one_list() -> None:
    found = document(TextDelta("a", 0, [{"token": "a"}]), TextDelta("b", 0, [{"token": "b"}]))
    assert found["choices"][0]["logprobs"] == {
        "content": [{"token": "a"}, {"token": "b"}],
        "refusal": None,
    }


def test_an_upstreams_own_finish_reason_is_told_where_it_differs() -> None:
    odd = document(Finish("stop", "eos"))["choices"][0]
    assert (odd["finish_reason"], odd["native_finish_reason"]) == ("stop", "eos")
    assert "native_finish_reason" not in document(Finish("stop", "stop"))["choices"][0]


def test_the_last_usage_counts() -> None:
    made = answer(UsageReport(Usage(1)), UsageReport(Usage(5, 2, 1, 7, 3)))
    assert usage_object(made.usage) == {
        "prompt_tokens": 5,
        "completion_tokens": 7,
        "total_tokens": 12,
        "prompt_tokens_details": {
            "cached_tokens": 2,
            "cache_write_tokens": 1,
            "audio_tokens": 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": 3,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def test_what_the_record_needs_is_kept() -> None:
    failed = Fail(failure(ErrorKind.SERVER, "boom"))
    made = answer(
        Start("up-1", "served"), Start("up-2"), TextDelta("a\0b"), Finish("length"), failed
    )
    assert (made.id, made.model, made.finish_reason) == ("up-1", "served", "length")
    assert (made.storable_text, made.failure, made.ended) == ("a\ufffdb", failed, False)
    assert answer(End()).ended
    assert (answer().finish_reason, answer().storable_text) == ("", "")
