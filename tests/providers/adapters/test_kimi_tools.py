"""Tools at Kimi: choices that may not be forced, names and schemas that have to change."""

from typing import Any

import pytest

from providers.adapters.kimi.body import CALL_NOW
from providers.messages import (
    Allowed,
    JsonSchema,
    Named,
    Thinking,
    Tool,
    ToolCall,
    Turn,
)
from tests.providers.adapters.openai_family import Family

CODING = Family("kimi", "https://api.kimi.com/coding/v1", "kimi-for-coding")
PLATFORM = Family("kimi", "https://api.moonshot.ai/v1", "kimi-k2.6")
LOOK, FIND = Tool("look"), Tool("find")
OFF = Thinking(effort="none")


def chosen(choice: Any, family: Family = CODING, **asked: Any) -> tuple[Any, list[str], bool]:
    """(tool_choice, tools sent, told in words)."""
    body = family.body(family.asking(tools=(LOOK, FIND), tool_choice=choice, **asked))
    told = body["messages"][-1] == {"role": "system", "content": CALL_NOW}
    return body.get("tool_choice"), [t["function"]["name"] for t in body["tools"]], told


@pytest.mark.parametrize("word", ["auto", "none"])
def test_a_choice_that_forces_nothing_is_sent(word: str) -> None:
    assert chosen(word) == (word, ["look", "find"], False)


def test_a_required_call_is_asked_for_in_words_while_it_thinks() -> None:
    assert chosen("required") == ("auto", ["look", "find"], True)


def test_a_named_call_is_asked_for_in_words_with_that_tool_alone() -> None:
    assert chosen(Named("find")) == ("auto", ["find"], True)


def test_a_required_call_among_some_is_asked_for_in_words() -> None:
    assert chosen(Allowed("required", ("find",))) == ("auto", ["find"], True)


def test_allowed_tools_become_the_only_tools() -> None:
    assert chosen(Allowed("auto", ("find",))) == ("auto", ["find"], False)


def test_words_do_not_bind_so_the_choice_is_reported() -> None:
    assert CODING.dropped(tools=(LOOK,), tool_choice="required") == ("tool_choice",)


@pytest.mark.parametrize("asked", [{"model": "k3"}, {"thinking": OFF}])
def test_a_call_can_be_forced_on_k3_and_without_thinking(asked: Any) -> None:
    named = {"type": "function", "function": {"name": "find"}}
    assert chosen("required", **asked) == ("required", ["look", "find"], False)
    assert chosen(Named("find"), **asked) == (named, ["look", "find"], False)


def test_one_call_at_a_time_is_not_a_field() -> None:
    asked = CODING.asking(tools=(LOOK,), parallel_tools=False)
    assert "parallel_tool_calls" not in CODING.body(asked)
    assert CODING.sent(asked).dropped == ()


def test_a_choice_without_tools_is_left_out() -> None:
    assert "tool_choice" not in CODING.body(CODING.asking(tool_choice="required"))


@pytest.mark.parametrize(("strict", "sent"), [(None, False), (False, False), (True, True)])
def test_strict_is_said_since_leaving_it_out_means_true(strict: Any, sent: bool) -> None:
    (tool,) = CODING.body(CODING.asking(tools=(Tool("look", strict=strict),)))["tools"]
    assert tool["function"]["strict"] is sent


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("look", "look"),
        ("ls", "tool_ls"),
        ("7z_pack", "tool_7z_pack"),
        ("-x-", "tool_-x-"),
        ("7" * 64, "tool_" + "7" * 59),
    ],
)
def test_a_tool_name_that_kimi_refuses_is_sent_under_another(name: str, sent: str) -> None:
    (tool,) = CODING.body(CODING.asking(tools=(Tool(name),)))["tools"]
    assert tool["function"]["name"] == sent


def test_no_two_tools_are_sent_under_one_name() -> None:
    tools = (Tool("ls"), Tool("tool_ls"), Tool("7" * 63), Tool("7" * 64))
    sent = [t["function"]["name"] for t in CODING.body(CODING.asking(tools=tools))["tools"]]
    assert len(set(sent)) == 4
    assert sent[:2] == ["tool_ls_2", "tool_ls"]


def test_a_call_in_the_history_has_the_name_of_its_tool() -> None:
    turn = Turn("assistant", (ToolCall("call_1", "ls", "{}"),))
    body = CODING.body(CODING.asking(turns=(turn,), tools=(Tool("ls"),), tool_choice=Named("ls")))
    assert body["messages"][0]["tool_calls"][0]["function"]["name"] == "tool_ls"


def test_a_json_schema_is_cut_down_to_the_subset() -> None:
    output = JsonSchema("place", {"type": "object", "properties": {"a": {"enum": ["x"]}}})
    shape = CODING.body(CODING.asking(output=output))["response_format"]["json_schema"]
    assert shape["schema"]["properties"]["a"]["type"] == "string"


def test_a_schema_that_is_no_object_is_refused_by_its_field() -> None:
    failure = CODING.refusal(CODING.asking(output=JsonSchema("list", {"type": "array"})))
    assert failure.param == "response_format"


def test_json_without_a_schema_is_asked_as_at_openai() -> None:
    body = CODING.body(CODING.asking(output="json_object"))
    assert body["response_format"] == {"type": "json_object"}
