"""What the OpenAI-compatible adapter sends for a request's fields."""

from typing import Any

import pytest

from providers.errors import ErrorKind
from providers.messages import (
    Allowed,
    JsonSchema,
    Named,
    Output,
    Sampling,
    Segment,
    Thinking,
    Tool,
)
from tests.providers.adapters.openai_family import Family

SERVER = Family("openai_compatible", "http://localhost:8000/v1", "m")
OPENAI = Family("openai_compatible", "https://api.openai.com/v1", "gpt-5")
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
LOOK, FIND = Tool("look", "Looks.", SCHEMA, strict=True), Tool("find")


def test_a_plain_question_sends_nothing_but_the_model_and_the_question() -> None:
    body = SERVER.body(SERVER.asking())
    assert body == {"model": "m", "messages": [{"role": "user", "content": "hello"}]}


def test_the_path_is_chat_completions() -> None:
    outgoing = SERVER.sent(SERVER.asking())
    assert (outgoing.method, outgoing.path) == ("POST", "/chat/completions")


def test_a_stream_asks_for_its_usage() -> None:
    body = SERVER.body(SERVER.asking(stream=True))
    assert body["stream"] is True
    assert body["stream_options"] == {"include_usage": True}


def test_the_option_stream_usage_leaves_stream_options_out() -> None:
    body = SERVER.body(SERVER.asking(stream=True), options={"stream_usage": False})
    assert "stream_options" not in body


@pytest.mark.parametrize(
    ("sampling", "field", "value"),
    [
        (Sampling(temperature=0.5), "temperature", 0.5),
        (Sampling(top_p=0.9), "top_p", 0.9),
        (Sampling(top_k=40), "top_k", 40),
        (Sampling(seed=7), "seed", 7),
        (Sampling(stop=("a", "b")), "stop", ["a", "b"]),
        (Sampling(presence_penalty=1.0), "presence_penalty", 1.0),
        (Sampling(frequency_penalty=-1.0), "frequency_penalty", -1.0),
        (Sampling(logit_bias={"42": -100.0}), "logit_bias", {"42": -100.0}),
        (Sampling(logprobs=True), "logprobs", True),
        (Sampling(logprobs=True, top_logprobs=3), "top_logprobs", 3),
        (Sampling(n=2), "n", 2),
    ],
)
def test_a_sampling_field_is_sent_as_it_was_asked(
    sampling: Sampling, field: str, value: Any
) -> None:
    outgoing = SERVER.sent(SERVER.asking(sampling=sampling))
    assert SERVER.body(SERVER.asking(sampling=sampling))[field] == value
    assert outgoing.dropped == ()


def test_openai_itself_has_no_top_k() -> None:
    asked = OPENAI.asking(sampling=Sampling(top_k=40))
    assert "top_k" not in OPENAI.body(asked)
    assert OPENAI.sent(asked).dropped == ("top_k",)


def test_a_limit_is_max_tokens_by_default() -> None:
    assert SERVER.body(SERVER.asking(limit=64))["max_tokens"] == 64


def test_the_option_max_tokens_field_names_the_limit() -> None:
    options = {"max_tokens_field": "max_completion_tokens"}
    body = SERVER.body(SERVER.asking(limit=64), options=options)
    assert body["max_completion_tokens"] == 64
    assert "max_tokens" not in body


def test_a_limit_field_that_no_server_knows_is_refused_by_name() -> None:
    failure = SERVER.refusal(SERVER.asking(limit=64), options={"max_tokens_field": "max_length"})
    assert "max_length" in failure.message


def test_openai_itself_takes_max_completion_tokens() -> None:
    assert OPENAI.body(OPENAI.asking(limit=64))["max_completion_tokens"] == 64


def test_a_limit_below_the_providers_floor_is_raised_and_said() -> None:
    outgoing = SERVER.sent(SERVER.asking(limit=64), min_output_tokens=1500)
    assert outgoing.notes == (("x-lakehouse-output-floor", "1500"),)


def test_an_effort_is_reasoning_effort() -> None:
    body = SERVER.body(SERVER.asking(thinking=Thinking(effort="low")))
    assert body["reasoning_effort"] == "low"


def test_a_reasoning_budget_is_reported_as_dropped() -> None:
    assert SERVER.dropped(thinking=Thinking(budget_tokens=1000)) == ("reasoning.max_tokens",)


def test_the_user_is_passed_on() -> None:
    assert SERVER.body(SERVER.asking(user="u-1"))["user"] == "u-1"


@pytest.mark.parametrize(
    "name",
    [
        "audio",
        "metadata",
        "modalities",
        "prediction",
        "prompt_cache_key",
        "safety_identifier",
        "service_tier",
        "store",
        "verbosity",
        "web_search_options",
    ],
)
def test_a_further_field_of_openai_is_passed_on(name: str) -> None:
    assert SERVER.body(SERVER.asking(extras={name: "x"}))[name] == "x"


@pytest.mark.parametrize("name", ["api_base", "extra_headers", "provider", "messages"])
def test_any_other_field_is_dropped_and_reported(name: str) -> None:
    asked = SERVER.asking(extras={name: "x"})
    assert SERVER.sent(asked).dropped == (name,)
    assert SERVER.body(asked).get(name) != "x"


# --- tools and output ---


def test_a_tool_is_a_function_with_its_schema() -> None:
    (tool,) = SERVER.body(SERVER.asking(tools=(LOOK,)))["tools"]
    expected = {"name": "look", "description": "Looks.", "parameters": SCHEMA, "strict": True}
    assert tool == {"type": "function", "function": expected}


def test_a_tool_without_a_schema_takes_an_empty_object() -> None:
    (tool,) = SERVER.body(SERVER.asking(tools=(FIND,)))["tools"]
    assert tool["function"]["parameters"] == {"type": "object", "properties": {}}


@pytest.mark.parametrize("word", ["auto", "none", "required"])
def test_a_tool_choice_word_is_sent_as_it_is(word: Any) -> None:
    assert SERVER.body(SERVER.asking(tools=(LOOK,), tool_choice=word))["tool_choice"] == word


def test_a_named_tool_is_chosen_by_an_object() -> None:
    body = SERVER.body(SERVER.asking(tools=(LOOK,), tool_choice=Named("look")))
    assert body["tool_choice"] == {"type": "function", "function": {"name": "look"}}


def test_allowed_tools_become_the_only_tools_where_the_field_is_unknown() -> None:
    asked = SERVER.asking(tools=(LOOK, FIND), tool_choice=Allowed("required", ("find",)))
    body = SERVER.body(asked)
    assert [tool["function"]["name"] for tool in body["tools"]] == ["find"]
    assert body["tool_choice"] == "required"


def test_openai_itself_knows_allowed_tools() -> None:
    asked = OPENAI.asking(tools=(LOOK, FIND), tool_choice=Allowed("auto", ("find",)))
    body = OPENAI.body(asked)
    assert len(body["tools"]) == 2
    assert body["tool_choice"]["allowed_tools"]["mode"] == "auto"


def test_parallel_tool_calls_goes_with_tools_only() -> None:
    with_tools = SERVER.body(SERVER.asking(tools=(LOOK,), parallel_tools=False))
    without = SERVER.body(SERVER.asking(tool_choice="auto", parallel_tools=False))
    assert with_tools["parallel_tool_calls"] is False
    assert without.keys() == {"model", "messages"}


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("text", None),
        ("json_object", {"type": "json_object"}),
        (
            JsonSchema("place", SCHEMA),
            {"type": "json_schema", "json_schema": {"name": "place", "schema": SCHEMA}},
        ),
        (
            JsonSchema("place", SCHEMA, strict=True, description="A place."),
            {
                "type": "json_schema",
                "json_schema": {
                    "name": "place",
                    "schema": SCHEMA,
                    "strict": True,
                    "description": "A place.",
                },
            },
        ),
    ],
)
def test_the_output_is_a_response_format(output: Output, expected: Any) -> None:
    assert SERVER.body(SERVER.asking(output=output)).get("response_format") == expected


# --- instructions ---


def test_a_developer_segment_is_a_system_message() -> None:
    body = SERVER.body(SERVER.asking(system=(Segment("be brief", role="developer"),)))
    assert body["messages"][0] == {"role": "system", "content": "be brief"}


def test_openai_itself_gets_the_developer_role() -> None:
    body = OPENAI.body(OPENAI.asking(system=(Segment("be brief", role="developer"),)))
    assert body["messages"][0]["role"] == "developer"


def test_the_option_developer_role_keeps_the_role() -> None:
    asked = SERVER.asking(system=(Segment("be brief", role="developer"),))
    body = SERVER.body(asked, options={"developer_role": True})
    assert body["messages"][0]["role"] == "developer"


def test_the_key_is_a_bearer_token() -> None:
    assert SERVER.adapter.auth_headers("k") == (("Authorization", "Bearer k"),)


def test_a_request_that_cannot_be_sent_was_never_accepted() -> None:
    failure = SERVER.refusal(SERVER.asking(limit=1), options={"max_tokens_field": "x"})
    assert failure.kind is ErrorKind.UNSUPPORTED
    assert not failure.accepted
