"""What the OpenRouter adapter sends beyond, and instead of, OpenAI's fields."""

from typing import Any

import pytest

from providers.errors import ErrorKind
from providers.messages import (
    Allowed,
    File,
    Reasoning,
    Sampling,
    Segment,
    State,
    Text,
    Thinking,
    Tool,
    ToolCall,
    Turn,
)
from tests.providers.adapters.openai_family import Family
from tests.upstreams.openrouter import MODEL, thought

ROUTER = Family("openrouter", "https://openrouter.ai/api/v1", MODEL)
LOOK = Tool("look")
CALL = ToolCall("call_1", "look", "{}")


def reasoning(**thinking: Any) -> Any:
    return ROUTER.body(ROUTER.asking(thinking=Thinking(**thinking))).get("reasoning")


def sent_back(*states: State, model: str = MODEL) -> Any:
    """The assistant message with these states beside a call."""
    turn = Turn("assistant", (*(Reasoning("", state) for state in states), CALL))
    return ROUTER.body(ROUTER.asking(turns=(turn,), model=model))["messages"][0]


def test_a_model_with_a_vendor_and_a_variant_is_sent_as_it_is() -> None:
    assert ROUTER.body(ROUTER.asking(model="~a/b-latest:free"))["model"] == "~a/b-latest:free"


def test_usage_in_a_stream_need_not_be_asked_for() -> None:
    body = ROUTER.body(ROUTER.asking(stream=True))
    assert body["stream"] is True
    assert "stream_options" not in body


def test_the_limit_is_max_tokens() -> None:
    assert ROUTER.body(ROUTER.asking(limit=9))["max_tokens"] == 9


def test_an_effort_is_a_reasoning_object() -> None:
    assert reasoning(effort="high") == {"effort": "high"}


def test_a_budget_is_a_reasoning_object() -> None:
    assert reasoning(budget_tokens=2000) == {"max_tokens": 2000}


def test_a_budget_beats_an_effort_which_is_reported() -> None:
    asked = ROUTER.asking(thinking=Thinking(effort="low", budget_tokens=2000))
    assert ROUTER.body(asked)["reasoning"] == {"max_tokens": 2000}
    assert ROUTER.sent(asked).dropped == ("reasoning_effort",)


def test_reasoning_that_is_not_wanted_is_excluded() -> None:
    assert reasoning(want_text=False) == {"exclude": True}


def test_reasoning_beside_tools_is_never_excluded() -> None:
    asked = ROUTER.asking(thinking=Thinking(want_text=False), tools=(LOOK,))
    assert "reasoning" not in ROUTER.body(asked)


def test_nothing_asked_is_no_reasoning_object() -> None:
    assert reasoning() is None


def test_openrouters_own_reasoning_options_are_taken_under_the_clients() -> None:
    extras = {"reasoning": {"effort": "low", "max_tokens": 5, "summary": "auto", "url": "x"}}
    asked = ROUTER.asking(extras=extras, thinking=Thinking(effort="high"))
    assert ROUTER.body(asked)["reasoning"] == {"effort": "high", "summary": "auto"}
    assert ROUTER.sent(asked).dropped == ()


def test_a_budget_replaces_an_effort_among_the_options() -> None:
    extras = {"reasoning": {"effort": "low"}}
    asked = ROUTER.asking(extras=extras, thinking=Thinking(budget_tokens=7))
    assert ROUTER.body(asked)["reasoning"] == {"max_tokens": 7}
    assert ROUTER.sent(asked).dropped == ()


def test_reasoning_options_that_are_no_object_are_dropped() -> None:
    assert ROUTER.dropped(extras={"reasoning": "high"}) == ("reasoning",)


@pytest.mark.parametrize(
    "name",
    [
        "models",
        "route",
        "plugins",
        "transforms",
        "top_a",
        "min_p",
        "repetition_penalty",
        "cache_control",
        "session_id",
        "verbosity",
        "service_tier",
        "metadata",
    ],
)
def test_a_documented_field_is_passed_on(name: str) -> None:
    assert ROUTER.body(ROUTER.asking(extras={name: "x"}))[name] == "x"


@pytest.mark.parametrize("name", ["provider", "debug", "base_url", "headers", "api_key"])
def test_a_client_chooses_neither_routing_nor_anything_unknown(name: str) -> None:
    asked = ROUTER.asking(extras={name: "x"})
    assert name not in ROUTER.body(asked)
    assert ROUTER.sent(asked).dropped == (name,)


def test_routing_is_the_operators_option() -> None:
    routing = {"zdr": True, "require_parameters": True}
    assert ROUTER.body(ROUTER.asking(), options={"provider": routing})["provider"] == routing


def test_top_k_is_sent() -> None:
    assert ROUTER.body(ROUTER.asking(sampling=Sampling(top_k=5)))["top_k"] == 5


def test_several_choices_are_refused() -> None:
    failure = ROUTER.refusal(ROUTER.asking(sampling=Sampling(n=2)))
    assert (failure.kind, failure.param) == (ErrorKind.UNSUPPORTED, "n")


def test_one_choice_needs_no_field() -> None:
    assert "n" not in ROUTER.body(ROUTER.asking(sampling=Sampling(n=1)))


def test_allowed_tools_become_the_only_tools() -> None:
    choice = Allowed("auto", ("look",))
    body = ROUTER.body(ROUTER.asking(tools=(LOOK, Tool("find")), tool_choice=choice))
    assert [t["function"]["name"] for t in body["tools"]] == ["look"]


# --- messages ---


def test_the_developer_role_is_kept() -> None:
    body = ROUTER.body(ROUTER.asking(system=(Segment("brief", role="developer"),)))
    assert body["messages"][0] == {"role": "developer", "content": "brief"}


def test_a_cache_hint_is_a_cache_control_on_its_part() -> None:
    body = ROUTER.body(ROUTER.asking(Text("long", cache_hint=True)))
    (part,) = body["messages"][0]["content"]
    assert part == {"type": "text", "text": "long", "cache_control": {"type": "ephemeral"}}


def test_a_cache_hint_on_an_instruction_makes_it_a_part() -> None:
    body = ROUTER.body(ROUTER.asking(system=(Segment("long", cache_hint=True),)))
    assert body["messages"][0]["content"][0]["cache_control"] == {"type": "ephemeral"}


def test_a_pdf_is_a_file_part() -> None:
    body = ROUTER.body(ROUTER.asking(File("a.pdf", "application/pdf", b"\x01")))
    assert body["messages"][0]["content"][0]["file"]["filename"] == "a.pdf"


def test_details_go_back_whole_and_in_order() -> None:
    first, second = thought(0, text="a", signature="s"), thought(1, data="b")
    states = (
        State("openrouter:anthropic", "reasoning_details", [first]),
        State("openrouter:anthropic", "reasoning_details", [second]),
    )
    assert sent_back(*states)["reasoning_details"] == [first, second]


def test_details_serve_another_model_of_the_same_vendor() -> None:
    state = State("openrouter:anthropic", "reasoning_details", [thought(text="a")])
    assert "reasoning_details" in sent_back(state, model="~anthropic/other-latest")


@pytest.mark.parametrize(
    "state",
    [
        State("openrouter:openai", "reasoning_details", [thought(text="a")]),
        State("claude:x", "reasoning_details", [thought(text="a")]),
        State("openrouter:anthropic", "reasoning_details", "text"),
        State("openrouter:anthropic", "reasoning_details", ["text"]),
        State("openrouter:anthropic", "models", "text"),
        State("openrouter:anthropic", "reasoning", 7),
    ],
)
def test_a_state_of_another_origin_or_shape_is_left_out(state: State) -> None:
    assert sent_back(state).keys() == {"role", "content", "tool_calls"}


@pytest.mark.parametrize("kind", ["reasoning", "reasoning_content"])
def test_plain_reasoning_goes_back_as_reasoning(kind: str) -> None:
    assert sent_back(State("openrouter:anthropic", kind, "hm"))["reasoning"] == "hm"
