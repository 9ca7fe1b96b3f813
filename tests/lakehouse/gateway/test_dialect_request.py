"""From a client's body to the neutral request: every field, and nothing else."""

import json
from typing import Any

import pytest

from lakehouse.errors import ApiError
from lakehouse.gateway.dialect.body import EXTRAS, ChatBody
from lakehouse.gateway.dialect.request import decode_chat, decode_embedding, neutral
from providers.messages import (
    Allowed,
    JsonSchema,
    Named,
    Reasoning,
    Refusal,
    Request,
    Sampling,
    Segment,
    State,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
)

USER = {"role": "user", "content": "hi"}
FUNCTION = {
    "name": "look",
    "description": "Looks",
    "parameters": {"type": "object"},
    "strict": True,
}
LOOK = Tool("look", "Looks", {"type": "object"}, True)
STATE = {"origin": "claude:4", "kind": "signature", "value": {"a": 1}}
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"a":1}'}}


def read(**fields: Any) -> Request:
    return neutral(decode_chat(json.dumps({"messages": [USER]} | fields).encode()), "m")


def turns(*messages: dict[str, Any]) -> tuple[Turn, ...]:
    return read(messages=list(messages)).turns


def refused(**fields: Any) -> ApiError:
    with pytest.raises(ApiError) as raised:
        read(**fields)
    assert raised.value.status == 400
    return raised.value


# --- the conversation ---


def test_the_least_body_is_one_turn_and_asks_for_nothing_else() -> None:
    assert read() == Request(model="m", turns=(Turn("user", (Text("hi"),)),))


def test_instructions_keep_their_role_and_their_place() -> None:
    late = {"role": "developer", "content": [{"type": "text", "text": "a"}]}
    found = read(messages=[{"role": "system", "content": "Be brief."}, USER, late])
    assert found.system == (Segment("Be brief."), Segment("a", role="developer", after=1))
    assert len(found.turns) == 1


def test_the_text_parts_of_an_instruction_are_lines() -> None:
    hinted = {"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}}
    parts = [{"type": "text", "text": "a"}, hinted]
    (segment,) = read(messages=[{"role": "system", "content": parts}, USER]).system
    assert segment == Segment("a\nb", cache_hint=True)


def test_a_users_name_is_kept() -> None:
    assert turns(USER | {"name": "ana"}) == (Turn("user", (Text("hi"),), "ana"),)


def test_an_assistants_parts_come_in_the_order_that_upstreams_expect() -> None:
    message = {
        "role": "assistant",
        "content": "said",
        "refusal": "no",
        "reasoning_content": "hm",
        "tool_calls": [CALL | {"lakehouse_state": STATE}],
        "lakehouse_state": [STATE],
    }
    state = State("claude:4", "signature", {"a": 1})
    (turn,) = turns(message)
    assert turn.parts == (
        Reasoning("hm"),
        Reasoning("", state),
        Text("said"),
        Refusal("no"),
        ToolCall("c1", "look", '{"a":1}', state),
    )


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_is_read_by_both_its_names(field: str) -> None:
    (turn,) = turns({"role": "assistant", "content": "x", field: "hm"})
    assert turn.parts[0] == Reasoning("hm")


def test_an_empty_assistant_message_has_no_parts() -> None:
    assert turns({"role": "assistant", "content": None})[0].parts == ()
    assert turns({"role": "assistant", "content": ""})[0].parts == ()


def test_a_result_gets_the_name_of_its_call() -> None:
    result = {"role": "tool", "tool_call_id": "c1", "content": "A cat."}
    _, turn = turns({"role": "assistant", "tool_calls": [CALL]}, result)
    assert turn == Turn("tool", (ToolResult("c1", "look", (Text("A cat."),)),))


def test_a_result_before_its_call_answers_nothing() -> None:
    result = {"role": "tool", "tool_call_id": "c1", "content": "A cat."}
    error = refused(messages=[result, {"role": "assistant", "tool_calls": [CALL]}])
    assert error.param == "messages[0].tool_call_id"


def test_old_function_calls_become_tool_calls() -> None:
    call = {"role": "assistant", "function_call": {"name": "look", "arguments": "{}"}}
    called, result = turns(call, {"role": "function", "name": "look", "content": "A cat."})
    assert called.parts == (ToolCall("call_fn0", "look", "{}"),)
    assert result.parts == (ToolResult("call_fn0", "look", (Text("A cat."),)),)


def test_of_two_calls_of_one_function_the_later_is_answered() -> None:
    call = {"role": "assistant", "function_call": {"name": "look", "arguments": "{}"}}
    *_, result = turns(call, call, {"role": "function", "name": "look", "content": None})
    assert result.parts == (ToolResult("call_fn1", "look", (Text(""),)),)


def test_what_openais_sdk_adds_to_an_answer_is_passed_over() -> None:
    added: dict[str, Any] = {
        "annotations": [],
        "audio": None,
        "parsed": None,
        "reasoning_details": [{}],
    }
    assert turns({"role": "assistant", "content": "x"} | added)[0].parts == (Text("x"),)


# --- tools ---


def test_tools_are_read_with_every_field() -> None:
    assert read(tools=[{"type": "function", "function": FUNCTION}]).tools == (LOOK,)
    assert read(tools=[{"type": "function", "function": {"name": "f"}}]).tools == (Tool("f"),)


def test_old_functions_are_tools() -> None:
    found = read(functions=[FUNCTION], function_call={"name": "look"})
    assert (found.tools, found.tool_choice) == ((LOOK,), Named("look"))


@pytest.mark.parametrize("word", ["auto", "none", "required"])
def test_a_choice_in_one_word_is_that_word(word: str) -> None:
    assert read(tool_choice=word).tool_choice == word


def test_a_choice_by_name_must_be_defined() -> None:
    tools = [{"type": "function", "function": FUNCTION}]
    chosen = {"type": "function", "function": {"name": "look"}}
    assert read(tools=tools, tool_choice=chosen).tool_choice == Named("look")
    error = refused(tools=tools, tool_choice={"type": "function", "function": {"name": "see"}})
    assert (error.param, "Defined: look" in error.message) == ("tool_choice", True)


def test_allowed_tools_are_a_mode_and_names() -> None:
    allowed = {"mode": "required", "tools": [{"type": "function", "function": {"name": "look"}}]}
    choice = {"type": "allowed_tools", "allowed_tools": allowed}
    found = read(tools=[{"type": "function", "function": FUNCTION}], tool_choice=choice)
    assert found.tool_choice == Allowed("required", ("look",))


def test_parallel_calls_are_three_valued() -> None:
    assert read().parallel_tools is None
    assert read(parallel_tool_calls=False).parallel_tools is False


# --- output, sampling, thinking ---


def test_the_kinds_of_output() -> None:
    assert read(response_format={"type": "text"}).output == "text"
    assert read(response_format={"type": "json_object"}).output == "json_object"
    source = {"name": "n", "schema": {"type": "object"}, "strict": True, "description": "d"}
    found = read(response_format={"type": "json_schema", "json_schema": source}).output
    assert found == JsonSchema("n", {"type": "object"}, True, "d")


def test_the_newer_limit_wins() -> None:
    assert read(max_tokens=5).limit == 5
    assert read(max_tokens=5, max_completion_tokens=7).limit == 7


def test_sampling_has_every_field() -> None:
    fields: dict[str, Any] = {
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "seed": -7,
        "presence_penalty": 1,
        "frequency_penalty": -1,
        "logit_bias": {"5": -100},
        "logprobs": True,
        "top_logprobs": 3,
        "n": 2,
    }
    assert read(**fields, stop="END").sampling == Sampling(**fields, stop=("END",))
    assert read(stop=["a", "b"]).sampling.stop == ("a", "b")


@pytest.mark.parametrize(
    ("fields", "thinking"),
    [
        ({"reasoning_effort": "high"}, Thinking("high")),
        ({"reasoning": {"effort": "low"}}, Thinking("low")),
        ({"reasoning_effort": "high", "reasoning": {"effort": "low"}}, Thinking("high")),
        ({"reasoning": {"max_tokens": 2000}}, Thinking(budget_tokens=2000)),
        ({"reasoning": {"exclude": True}}, Thinking(want_text=False)),
        ({"reasoning": {"exclude": False}}, Thinking(want_text=True)),
        ({"reasoning": {"enabled": False}}, Thinking("none")),
        ({"reasoning": {"enabled": True}}, Thinking()),
    ],
)
def test_thinking_is_read_from_both_its_fields(fields: dict[str, Any], thinking: Thinking) -> None:
    assert read(**fields).thinking == thinking


def test_streaming_and_its_usage() -> None:
    found = read(stream=True, stream_options={"include_usage": True})
    assert (found.stream, found.include_usage) == (True, True)
    assert read(stream_options={"include_usage": None}).include_usage is False


def test_what_only_some_upstreams_honour_goes_among_the_extras() -> None:
    assert read(**{name: "x" for name in EXTRAS}).extras == {name: "x" for name in EXTRAS}
    assert read(**{name: None for name in EXTRAS}).extras == {}


def test_text_alone_as_modality_is_nothing_to_report() -> None:
    assert read(modalities=["text"]).extras == {}
    assert read(modalities=["text", "audio"]).extras == {"modalities": ["text", "audio"]}


def test_no_field_of_a_body_is_forgotten() -> None:
    read_here = {
        *("messages", "stream", "stream_options", "max_tokens", "max_completion_tokens"),
        *("temperature", "top_p", "top_k", "stop", "n", "seed", "presence_penalty"),
        *("frequency_penalty", "logit_bias", "logprobs", "top_logprobs", "tools", "tool_choice"),
        *("parallel_tool_calls", "functions", "function_call", "response_format"),
        *("reasoning_effort", "reasoning", "user", *EXTRAS),
    }
    by_the_line = {"model", "provider", "profile", "ladder", "sensitivity", "strict"}
    by_the_line |= {"retrieval", "memory", "session_id", "task_class", "repair"}
    assert set(ChatBody.__struct_fields__) == read_here | by_the_line


def test_user_is_kept() -> None:
    assert read(user="u1").user == "u1"


# --- decoding ---


def test_an_embedding_body_is_read() -> None:
    body = decode_embedding(b'{"input": [1, 2], "model": "m", "dimensions": 8}')
    assert (body.input, body.model, body.dimensions) == ([1, 2], "m", 8)


@pytest.mark.parametrize("raw", [b'{"input": "x", "inputs": 1}', b'{"input": 5}', b"{}"])
def test_an_embedding_body_of_no_use_is_refused(raw: bytes) -> None:
    with pytest.raises(ApiError) as raised:
        decode_embedding(raw)
    assert (raised.value.status, raised.value.param is not None) == (400, True)


def test_a_refusal_is_short_whatever_the_client_wrote() -> None:
    assert len(refused(reasoning_effort="x" * 100_000).message) < 200
    many = [{"type": "function", "function": {"name": f"{n:x>60}"}} for n in range(20)]
    named = {"type": "function", "function": {"name": "other"}}
    error = refused(tools=many, tool_choice=named)
    assert len(error.message) == 600
    assert error.message.endswith("…")
