"""Tools toward Gemini: declarations, choices, calls and results in a history."""

from typing import Any

import pytest

from providers.errors import ErrorKind
from providers.messages import (
    Allowed,
    Image,
    JsonSchema,
    Named,
    Request,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Turn,
)
from tests.conversation import ask
from tests.providers.adapters.gemini_sent import body, parts_of, refusal_of, sent

OLD = "gemini-2.5-flash"
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "$schema": "x"}
TOOLS = (Tool("weather", "Tells it.", SCHEMA), Tool("time"))


def history(*turns: Turn, model: str = OLD) -> Request:
    return Request(model=model, turns=(Turn("user", (Text("go"),)), *turns))


def called(*names: str) -> Turn:
    return Turn("assistant", tuple(ToolCall(f"id-{n}", n, '{"x":1}') for n in names))


def answered(name: str, text: str = "ok", **more: Any) -> Turn:
    return Turn("tool", (ToolResult(f"id-{name}", name, (Text(text),), **more),))


def choice(asked: ToolChoice | None, **more: Any) -> Any:
    config = body(ask(tools=TOOLS, tool_choice=asked, **more)).get("toolConfig", {})
    return config.get("functionCallingConfig")


# --- declarations ---


def test_a_tools_schema_goes_as_json_schema_untouched() -> None:
    assert body(ask(tools=TOOLS))["tools"] == [
        {
            "functionDeclarations": [
                {
                    "name": "weather",
                    "description": "Tells it.",
                    "parametersJsonSchema": SCHEMA,
                },
                {"name": "time"},
            ]
        }
    ]


@pytest.mark.parametrize(
    ("asked", "config"),
    [
        (None, None),
        ("auto", {"mode": "AUTO"}),
        ("none", {"mode": "NONE"}),
        ("required", {"mode": "ANY"}),
        (Named("time"), {"mode": "ANY", "allowedFunctionNames": ["time"]}),
        (Allowed("required", ("time",)), {"mode": "ANY", "allowedFunctionNames": ["time"]}),
        (Allowed("auto", ("time",)), {"mode": "AUTO"}),
    ],
)
def test_each_tool_choice_has_its_mode(asked: ToolChoice | None, config: Any) -> None:
    assert choice(asked) == config


def test_tools_allowed_in_mode_auto_are_the_only_ones_declared() -> None:
    request = ask(tools=TOOLS, tool_choice=Allowed("auto", ("time",)))
    assert body(request)["tools"] == [{"functionDeclarations": [{"name": "time"}]}]


@pytest.mark.parametrize("asked", [None, "auto"])
def test_tools_that_are_all_strict_have_their_calls_checked(asked: ToolChoice | None) -> None:
    request = ask(tools=(Tool("a", strict=True),), tool_choice=asked)
    assert body(request)["toolConfig"] == {"functionCallingConfig": {"mode": "VALIDATED"}}


def test_a_tool_choice_without_tools_is_not_sent() -> None:
    assert "toolConfig" not in body(ask(tool_choice="auto"))


# --- JSON output beside tools ---


def test_json_output_beside_tools_is_refused_before_gemini_3() -> None:
    failure = refusal_of(ask(model=OLD, tools=TOOLS, output="json_object"))
    assert (failure.kind, failure.param) == (ErrorKind.UNSUPPORTED, "response_format")


def test_json_output_beside_tools_is_sent_to_gemini_3() -> None:
    sent = body(ask(model="gemini-3-pro-preview", tools=TOOLS, output=JsonSchema("n", SCHEMA)))
    assert sent["tools"] and sent["generationConfig"]["responseJsonSchema"] == SCHEMA


def test_tools_that_must_not_be_called_make_room_for_json_output() -> None:
    request = ask(model=OLD, tools=TOOLS, output="json_object", tool_choice="none")
    assert "tools" not in body(request) and "toolConfig" not in body(request)


# --- calls in a history ---


def test_a_calls_arguments_become_an_object() -> None:
    assert parts_of(history(called("time"))) == [
        {"functionCall": {"name": "time", "args": {"x": 1}}}
    ]


@pytest.mark.parametrize("arguments", ["", "  ", "{}"])
def test_empty_arguments_become_an_empty_object(arguments: str) -> None:
    turn = Turn("assistant", (ToolCall("c", "time", arguments),))
    assert parts_of(history(turn)) == [{"functionCall": {"name": "time", "args": {}}}]


def test_numbers_in_arguments_are_not_rounded_on_the_way() -> None:
    turn = Turn("assistant", (ToolCall("c", "f", '{"n": 12345678901234567890123, "m": 1.10}'),))
    assert b'"args":{"n": 12345678901234567890123, "m": 1.10}' in sent(history(turn)).body


@pytest.mark.parametrize("arguments", ["[1]", '"text"', "{", "null", "{'a': 1}"])
def test_arguments_that_are_no_object_are_the_clients_error(arguments: str) -> None:
    failure = refusal_of(history(Turn("assistant", (ToolCall("c7", "f", arguments),))))
    assert (failure.kind, failure.param) == (ErrorKind.BAD_REQUEST, "messages")
    assert "'c7'" in failure.message


# --- results ---


def test_a_result_is_matched_by_name_and_wrapped() -> None:
    assert parts_of(history(called("time"), answered("time", "noon"))) == [
        {"functionResponse": {"name": "time", "response": {"output": "noon"}}}
    ]


def test_a_failed_result_says_so() -> None:
    parts = parts_of(history(called("time"), answered("time", "broken", is_error=True)))
    assert parts[0]["functionResponse"]["response"] == {"error": "broken"}


def test_results_of_one_step_are_one_turn_in_the_order_of_the_calls() -> None:
    turns = (called("a", "b"), answered("b"), answered("a"))
    contents = body(history(*turns))["contents"]
    assert [p["functionResponse"]["name"] for p in contents[-1]["parts"]] == ["a", "b"]
    assert len(contents) == 3


def test_results_come_before_what_the_user_says_next() -> None:
    said = Turn("user", (Text("and?"),))
    parts = parts_of(history(called("a", "b"), answered("a"), answered("b"), said))
    assert [next(iter(part)) for part in parts] == ["functionResponse", "functionResponse", "text"]


def test_a_picture_in_a_result_follows_all_results() -> None:
    picture = Image(mime="image/png", data=b"x")
    results = (ToolResult("id-a", "a", (Text("see"), picture)), ToolResult("id-b", "b", ()))
    parts = parts_of(history(called("a", "b"), Turn("tool", results)))
    assert [next(iter(p)) for p in parts] == ["functionResponse", "functionResponse", "inlineData"]


def test_a_result_without_a_name_is_the_clients_error() -> None:
    failure = refusal_of(history(Turn("tool", (ToolResult("lost", "", ()),))))
    assert (failure.kind, failure.param) == (ErrorKind.BAD_REQUEST, "messages")
    assert "'lost'" in failure.message
