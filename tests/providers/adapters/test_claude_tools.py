from typing import Any

import pytest

from providers.errors import ErrorKind
from providers.messages import Allowed, Named, Tool, ToolChoice
from tests.providers.adapters.claude_requests import (
    CALL,
    LOOK,
    POINT,
    assistant,
    body,
    newer,
    notes,
    refusal,
    request,
    result,
    sent,
    user,
)

BOTH = (LOOK, POINT)
LOOP = (user("go"), assistant(CALL), result())


def test_a_tool_has_a_name_a_description_and_a_schema() -> None:
    assert body(request(tools=(LOOK,)))["tools"] == [
        {
            "name": "look",
            "description": "Looks.",
            "input_schema": {"type": "object", "properties": {"at": {"type": "string"}}},
        }
    ]


def test_a_tool_without_parameters_gets_an_object_schema() -> None:
    assert body(request(tools=(Tool("go"),)))["tools"] == [
        {"name": "go", "input_schema": {"type": "object"}}
    ]


def test_parameters_of_another_type_are_the_clients_mistake() -> None:
    failure = refusal(request(tools=(Tool("go", json_schema={"type": "array"}),)))
    assert (failure.kind, failure.param) == (ErrorKind.BAD_REQUEST, "tools")


def test_a_strict_tool_has_a_closed_schema() -> None:
    limited = {"type": "object", "properties": {"n": {"type": "integer", "maximum": 9}}}
    asked = newer(tools=(Tool("go", json_schema=limited, strict=True),))
    made = body(asked)["tools"][0]
    assert made["strict"] is True
    assert made["input_schema"]["additionalProperties"] is False
    assert "maximum" in notes(asked)


def test_a_strict_tool_within_the_rules_is_not_noted() -> None:
    assert notes(newer(tools=(Tool("go", json_schema={"type": "object"}, strict=True),))) == ""


def test_strictness_is_reported_as_dropped_where_the_model_has_none() -> None:
    asked = request(model="claude-3-7-sonnet-20250219", tools=(Tool("go", strict=True),))
    assert "strict" not in body(asked)["tools"][0]
    assert sent(asked).dropped == ("tools.strict",)


@pytest.mark.parametrize(
    ("choice", "made"),
    [
        (None, None),
        ("auto", None),
        ("none", {"type": "none"}),
        ("required", {"type": "any"}),
        (Named("look"), {"type": "tool", "name": "look"}),
        (Allowed("required", ("look",)), {"type": "tool", "name": "look"}),
        (Allowed("required", ("look", "point")), {"type": "any"}),
        (Allowed("auto", ("look",)), None),
    ],
)
def test_each_tool_choice_has_its_counterpart(choice: ToolChoice | None, made: Any) -> None:
    assert body(request(tools=BOTH, tool_choice=choice)).get("tool_choice") == made


def test_allowed_tools_are_the_only_ones_sent() -> None:
    asked = request(tools=BOTH, tool_choice=Allowed("auto", ("point",)))
    assert [tool["name"] for tool in body(asked)["tools"]] == ["point"]


def test_one_required_tool_leaves_the_others_in_place_for_the_cache() -> None:
    asked = request(tools=BOTH, tool_choice=Allowed("required", ("point",)))
    assert [tool["name"] for tool in body(asked)["tools"]] == ["look", "point"]


@pytest.mark.parametrize("choice", [Named("swim"), Allowed("auto", ("swim",)), Allowed("auto", ())])
def test_a_choice_of_a_tool_that_is_not_there_is_the_clients_mistake(choice: ToolChoice) -> None:
    failure = refusal(request(tools=BOTH, tool_choice=choice))
    assert (failure.kind, failure.param) == (ErrorKind.BAD_REQUEST, "tool_choice")


def test_a_forced_choice_without_tools_is_the_clients_mistake() -> None:
    assert refusal(request(tool_choice="required")).param == "tool_choice"


@pytest.mark.parametrize(
    ("choice", "kind"), [(None, "auto"), ("auto", "auto"), ("required", "any")]
)
def test_one_call_at_a_time_is_said_in_the_choice(choice: ToolChoice | None, kind: str) -> None:
    asked = request(tools=BOTH, tool_choice=choice, parallel_tools=False)
    assert body(asked)["tool_choice"] == {"type": kind, "disable_parallel_tool_use": True}


def test_one_call_at_a_time_says_nothing_where_none_is_allowed() -> None:
    asked = request(tools=BOTH, tool_choice="none", parallel_tools=False)
    assert body(asked)["tool_choice"] == {"type": "none"}


def test_parallel_calls_are_the_vendors_default() -> None:
    assert "tool_choice" not in body(request(tools=BOTH, parallel_tools=True))


def test_a_history_with_calls_keeps_its_tools_when_the_client_dropped_them() -> None:
    made = body(request(*LOOP, user("and?")))
    assert made["tools"] == [{"name": "look", "input_schema": {"type": "object"}}]
    assert made["tool_choice"] == {"type": "none"}


def test_a_history_without_calls_gets_no_tools() -> None:
    assert "tools" not in body(request(tool_choice="auto"))
