"""What the Ollama adapter sends to `/api/chat`, read back from the bytes it builds."""

import json
from typing import Any

import pytest

from providers.adapters import get
from providers.adapters.base import Outgoing
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, ProviderError
from providers.messages import (
    Allowed,
    Image,
    JsonSchema,
    Named,
    Request,
    Sampling,
    Segment,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    Turn,
)
from tests.conversation import ask

SCHEMA = {"type": "object", "properties": {"said": {"type": "string"}}}
LOOK = Tool("look", "Looks.", {"type": "object", "properties": {"at": {"type": "string"}}})
RUN = Tool("run")


def built(request: Request, **endpoint: Any) -> Outgoing:
    at = Endpoint("local", "ollama", "http://localhost:11434", **endpoint)
    return get("ollama").chat(at, request)


def body(request: Request, **endpoint: Any) -> Any:
    return json.loads(built(request, **endpoint).body)


def test_a_plain_request_names_model_messages_and_stream_and_lets_nothing_be_cut() -> None:
    assert body(ask("hello", "qwen3:8b")) == {
        "model": "qwen3:8b",
        "messages": [{"role": "user", "content": "hello"}],
        "stream": False,
        "truncate": False,
    }


def test_it_is_posted_to_the_native_chat_path() -> None:
    outgoing = built(ask())
    assert (outgoing.method, outgoing.path) == ("POST", "/api/chat")
    assert not outgoing.dropped and not outgoing.notes


def test_stream_is_said_also_when_true() -> None:
    assert body(ask(stream=True))["stream"] is True


def test_sampling_goes_into_options_and_nothing_unasked_is_sent() -> None:
    sampling = Sampling(
        temperature=0.0,
        top_p=0.9,
        top_k=5,
        seed=7,
        stop=("END", "\n"),
        presence_penalty=0.1,
        frequency_penalty=-0.2,
    )
    assert body(ask(sampling=sampling, limit=64))["options"] == {
        "temperature": 0.0,
        "top_p": 0.9,
        "top_k": 5,
        "seed": 7,
        "stop": ["END", "\n"],
        "presence_penalty": 0.1,
        "frequency_penalty": -0.2,
        "num_predict": 64,
    }


def test_logprobs_stand_beside_options() -> None:
    sent = body(ask(sampling=Sampling(logprobs=True, top_logprobs=3)))
    assert (sent["logprobs"], sent["top_logprobs"]) == (True, 3)
    assert "options" not in sent


def test_more_than_one_choice_is_refused() -> None:
    with pytest.raises(ProviderError) as caught:
        built(ask(sampling=Sampling(n=2)))
    assert caught.value.failure.kind is ErrorKind.UNSUPPORTED
    assert caught.value.failure.param == "n"


def test_one_choice_is_what_it_gives_anyway() -> None:
    assert built(ask(sampling=Sampling(n=1))).dropped == ()


# --- tools ---


def offered(choice: ToolChoice | None) -> tuple[list[str], tuple[str, ...]]:
    outgoing = built(ask(tools=(LOOK, RUN), tool_choice=choice))
    tools = json.loads(outgoing.body).get("tools", [])
    return [tool["function"]["name"] for tool in tools], outgoing.dropped


def test_a_tool_keeps_openais_shape() -> None:
    assert body(ask(tools=(LOOK,)))["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "look",
                "description": "Looks.",
                "parameters": {"type": "object", "properties": {"at": {"type": "string"}}},
            },
        }
    ]


def test_a_tool_without_parameters_takes_an_empty_object() -> None:
    (tool,) = body(ask(tools=(RUN,)))["tools"]
    assert tool["function"] == {"name": "run", "parameters": {"type": "object", "properties": {}}}


@pytest.mark.parametrize(
    ("choice", "names", "dropped"),
    [
        (None, ["look", "run"], ()),
        ("auto", ["look", "run"], ()),
        ("none", [], ()),
        ("required", ["look", "run"], ("tool_choice",)),
        (Named("run"), ["run"], ("tool_choice",)),
        (Allowed("auto", ("look",)), ["look"], ()),
        (Allowed("required", ("look",)), ["look"], ("tool_choice",)),
    ],
)
def test_a_choice_is_made_by_what_is_offered(
    choice: ToolChoice | None, names: list[str], dropped: tuple[str, ...]
) -> None:
    assert offered(choice) == (names, dropped)


def test_a_strict_tool_is_offered_and_its_strictness_reported() -> None:
    outgoing = built(ask(tools=(Tool("run", strict=True),)))
    assert outgoing.dropped == ("tools.function.strict",)


# --- structured output ---


def test_json_mode_is_a_format() -> None:
    assert body(ask(output="json_object"))["format"] == "json"


def test_a_schema_is_the_format_itself() -> None:
    outgoing = built(ask(output=JsonSchema("answer", SCHEMA, strict=True)))
    assert json.loads(outgoing.body)["format"] == SCHEMA
    assert outgoing.dropped == ()


def test_a_model_that_the_daemon_forwards_gets_its_schema_in_words() -> None:
    outgoing = built(ask(model="gpt-oss:120b-cloud", output=JsonSchema("answer", SCHEMA)))
    sent = json.loads(outgoing.body)
    assert sent["format"] == "json"
    assert '"said"' in sent["messages"][0]["content"]
    assert outgoing.dropped == ("response_format",)


# --- thinking ---


@pytest.mark.parametrize(
    ("effort", "think"),
    [
        ("none", False),
        ("minimal", "low"),
        ("low", "low"),
        ("medium", "medium"),
        ("high", "high"),
        ("xhigh", "max"),
        ("max", "max"),
    ],
)
def test_an_effort_becomes_a_level(effort: Any, think: bool | str) -> None:
    assert body(ask(thinking=Thinking(effort=effort)))["think"] == think


def test_no_effort_leaves_the_choice_to_the_model() -> None:
    assert "think" not in body(ask(thinking=Thinking(want_text=True)))


@pytest.mark.parametrize("model", ["gpt-oss:20b", "library/gpt-oss:120b"])
def test_a_model_that_cannot_be_silenced_gets_its_lowest_level(model: str) -> None:
    outgoing = built(ask(model=model, thinking=Thinking(effort="none")))
    assert json.loads(outgoing.body)["think"] == "low"
    assert outgoing.dropped == ("reasoning_effort",)


@pytest.mark.parametrize(
    ("model", "budget", "think"),
    [("qwen3", 100, True), ("qwen3", 0, False), ("gpt-oss", 100, None), ("gpt-oss", 0, "low")],
)
def test_a_budget_only_turns_thinking_on_or_off(model: str, budget: int, think: Any) -> None:
    outgoing = built(ask(model=model, thinking=Thinking(budget_tokens=budget)))
    assert json.loads(outgoing.body).get("think") == think
    assert outgoing.dropped == ("reasoning.max_tokens",)


# --- what has no equivalent ---


def test_fields_without_an_equivalent_are_named_in_openais_words() -> None:
    turn = Turn("user", (Text("hi"), Image(data=b"png", mime="image/png", detail="high")), "ann")
    request = Request(
        model="m",
        turns=(turn,),
        sampling=Sampling(logit_bias={"1": -100.0}),
        user="u1",
        extras={"verbosity": "low", "store": None, "service_tier": "flex"},
    )
    assert built(request).dropped == (
        "verbosity",
        "service_tier",
        "logit_bias",
        "user",
        "messages.name",
        "messages.content.image_url.detail",
    )


def test_one_call_at_a_time_is_kept_by_us_and_so_not_dropped() -> None:
    assert built(ask(tools=(RUN,), parallel_tools=False)).dropped == ()


# --- the provider's own settings ---


def test_settings_of_the_provider_find_their_places() -> None:
    own = {
        "num_ctx": 32768,
        "min_p": 0.05,
        "truncate": True,
        "shift": False,
        "keep_alive": "10m",
    }
    sent = body(ask(), options=own)
    assert sent["options"] == {"num_ctx": 32768, "min_p": 0.05}
    assert (sent["truncate"], sent["shift"], sent["keep_alive"]) == (True, False, "10m")


@pytest.mark.parametrize(("text", "sent"), [("0", 0), ("-1", -1), ("300", 300), ("5m", "5m")])
def test_keep_alive_in_bare_seconds_is_a_number(text: str, sent: int | str) -> None:
    assert body(ask(), options={"keep_alive": text})["keep_alive"] == sent


def test_every_setting_has_a_type() -> None:
    assert get("ollama").options == {
        "min_p": float,
        "typical_p": float,
        "repeat_penalty": float,
        "repeat_last_n": int,
        "num_ctx": int,
        "num_keep": int,
        "num_batch": int,
        "num_gpu": int,
        "truncate": bool,
        "shift": bool,
        "keep_alive": str,
    }


def test_a_limit_below_the_providers_floor_is_raised_and_said() -> None:
    outgoing = built(ask(limit=10), min_output_tokens=1500)
    assert json.loads(outgoing.body)["options"]["num_predict"] == 1500
    ((name, note),) = outgoing.notes
    assert name == "x-lakehouse-note"
    assert "10" in note and "1500" in note


def test_the_floor_is_for_thinking_and_not_applied_without() -> None:
    outgoing = built(ask(limit=10, thinking=Thinking(effort="none")), min_output_tokens=1500)
    assert json.loads(outgoing.body)["options"]["num_predict"] == 10
    assert outgoing.notes == ()


def test_an_instruction_goes_first() -> None:
    sent = body(ask(system=(Segment("Be brief.", role="developer"),)))
    assert sent["messages"][0] == {"role": "system", "content": "Be brief."}
