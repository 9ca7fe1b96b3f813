"""Conversations as Ollama's flat list of messages."""

import base64
import json
from typing import Any

import msgspec
import pytest

from providers.adapters.ollama.history import messages
from providers.errors import ErrorKind, Failure, ProviderError
from providers.messages import (
    Audio,
    File,
    Image,
    Part,
    Reasoning,
    Refusal,
    Segment,
    State,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)

USER = Turn("user", (Text("hi"),))


def sent(*turns: Turn, system: tuple[Segment, ...] = ()) -> list[dict]:
    found: list[dict] = json.loads(msgspec.json.encode(messages(system, turns)))
    return found


def refused(*parts: Part) -> Failure:
    with pytest.raises(ProviderError) as caught:
        sent(Turn("user", parts))
    return caught.value.failure


def arguments(text: str) -> Any:
    (message,) = sent(Turn("assistant", (ToolCall("call_1", "look", text),)))
    return message["tool_calls"][0]["function"]["arguments"]


def test_text_parts_are_joined() -> None:
    assert sent(Turn("user", (Text("a"), Text("b")))) == [{"role": "user", "content": "a\nb"}]


def test_instructions_stay_between_the_turns_where_they_stood() -> None:
    system = (Segment("first"), Segment("then", after=1), Segment("late", after=2))
    found = sent(USER, USER, system=system)
    assert [m["content"] for m in found] == ["first", "hi", "then", "hi", "late"]


def test_a_developers_instruction_becomes_a_system_message() -> None:
    (message,) = sent(system=(Segment("x", role="developer"),))
    assert message == {"role": "system", "content": "x"}


def test_images_stand_beside_the_text_as_bare_base64() -> None:
    turn = Turn("user", (Text("what is it?"), Image(mime="image/png", data=b"\x89PNG\xff")))
    (message,) = sent(turn)
    assert message["content"] == "what is it?"
    assert [base64.b64decode(image) for image in message["images"]] == [b"\x89PNG\xff"]


def test_an_image_by_address_is_refused() -> None:
    found = refused(Image(url="https://example.com/cat.png"))
    assert (found.kind, found.param) == (ErrorKind.UNSUPPORTED, "messages")


@pytest.mark.parametrize("part", [Audio("audio/wav", b"RIFF"), File(name="a.pdf", data=b"%PDF")])
def test_audio_and_files_are_refused_by_name(part: Part) -> None:
    found = refused(part)
    assert found.kind is ErrorKind.UNSUPPORTED and not found.accepted
    assert type(part).__name__.lower() in found.message


def test_reasoning_goes_back_as_thinking_and_its_state_stays_here() -> None:
    state = State("claude:opus", "signature", "abc")
    turn = Turn("assistant", (Reasoning("hm", state), Text("yes")))
    assert sent(turn) == [{"role": "assistant", "content": "yes", "thinking": "hm"}]


def test_a_state_without_text_leaves_no_trace() -> None:
    turn = Turn("assistant", (Reasoning("", State("x", "y", "z")), Text("yes")))
    assert sent(turn) == [{"role": "assistant", "content": "yes"}]


def test_a_refusal_goes_back_as_what_the_assistant_said() -> None:
    assert sent(Turn("assistant", (Refusal("I cannot."),)))[0]["content"] == "I cannot."


def test_tool_calls_keep_their_ids_and_are_numbered() -> None:
    calls = (ToolCall("call_1", "look", '{"at": "x"}'), ToolCall("call_2", "run", "{}"))
    assert sent(Turn("assistant", calls)) == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {
                    "id": "call_1",
                    "function": {"index": 0, "name": "look", "arguments": {"at": "x"}},
                },
                {"id": "call_2", "function": {"index": 1, "name": "run", "arguments": {}}},
            ],
        }
    ]


def test_a_tool_call_without_arguments_sends_an_empty_object() -> None:
    assert arguments("") == arguments(" \n") == {}


def test_numbers_in_arguments_keep_their_spelling() -> None:
    turn = Turn("assistant", (ToolCall("call_1", "pay", '{"sum": 1.10, "n": 1e2}'),))
    assert b'{"sum": 1.10, "n": 1e2}' in msgspec.json.encode(messages((), (turn,)))


@pytest.mark.parametrize("text", ["[1]", '"at"', "{'at': 1}", '{"at": ', "null", "{} {}"])
def test_arguments_that_are_no_object_are_the_clients_error(text: str) -> None:
    with pytest.raises(ProviderError) as caught:
        arguments(text)
    found = caught.value.failure
    assert (found.kind, found.param) == (ErrorKind.BAD_REQUEST, "messages")
    assert "call_1" in found.message and "look" in found.message


def test_a_tool_result_names_the_tool_and_the_call() -> None:
    result = ToolResult("call_1", "look", (Text("a"), Text("cat")))
    assert sent(Turn("tool", (result,))) == [
        {"role": "tool", "tool_call_id": "call_1", "tool_name": "look", "content": "a\ncat"}
    ]


def test_a_result_of_an_unknown_tool_leaves_the_name_out() -> None:
    (message,) = sent(Turn("tool", (ToolResult("call_1", "", (Text("x"),)),)))
    assert "tool_name" not in message


def test_a_tool_result_may_show_an_image() -> None:
    result = ToolResult("call_1", "look", (Image(mime="image/png", data=b"png"),))
    (message,) = sent(Turn("tool", (result,)))
    assert message["images"] == [base64.b64encode(b"png").decode()]


def test_each_result_of_a_turn_is_a_message_of_its_own() -> None:
    results = (ToolResult("a", "look", (Text("1"),)), ToolResult("b", "run", (Text("2"),)))
    assert [m["tool_call_id"] for m in sent(Turn("tool", results))] == ["a", "b"]


def test_results_come_before_what_the_user_says_beside_them() -> None:
    turn = Turn("user", (Text("go on"), ToolResult("a", "look", (Text("1"),))))
    assert [m["role"] for m in sent(turn)] == ["tool", "user"]


def test_text_in_a_tool_turn_is_the_users() -> None:
    assert sent(Turn("tool", (Text("x"),))) == [{"role": "user", "content": "x"}]


def test_a_turn_that_says_nothing_still_has_content() -> None:
    assert sent(Turn("assistant", ())) == [{"role": "assistant", "content": ""}]
