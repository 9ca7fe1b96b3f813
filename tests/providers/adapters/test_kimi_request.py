"""What the Kimi adapter sends: little of what is fixed there, and what it emulates."""

from typing import Any

import pytest

from providers.errors import ErrorKind
from providers.messages import Sampling, Thinking
from tests.providers.adapters.openai_family import Family

CODING = Family("kimi", "https://api.kimi.com/coding/v1", "kimi-for-coding")
PLATFORM = Family("kimi", "https://api.moonshot.ai/v1", "kimi-k2.6")


def thinking(model: str, effort: Any, family: Family = CODING) -> dict[str, Any]:
    """The fields about thinking that are sent, with what was dropped."""
    asked = family.asking(model=model, thinking=Thinking(effort=effort))
    body = family.body(asked)
    names = ("thinking", "reasoning_effort")
    return {n: body[n] for n in names if n in body} | {"dropped": family.sent(asked).dropped}


# --- always, never ---


@pytest.mark.parametrize("stream", [True, False])
def test_the_upstream_always_streams_with_usage(stream: bool) -> None:
    body = CODING.body(CODING.asking(stream=stream))
    assert body["stream"] is True
    assert body["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize(
    ("sampling", "name"),
    [
        (Sampling(temperature=1.0), "temperature"),
        (Sampling(top_p=0.5), "top_p"),
        (Sampling(top_k=5), "top_k"),
        (Sampling(seed=1), "seed"),
        (Sampling(presence_penalty=0.0), "presence_penalty"),
        (Sampling(frequency_penalty=1.0), "frequency_penalty"),
        (Sampling(logit_bias={"1": 1.0}), "logit_bias"),
        (Sampling(logprobs=True), "logprobs"),
        (Sampling(top_logprobs=2), "top_logprobs"),
        (Sampling(n=2), "n"),
    ],
)
def test_a_sampling_field_is_never_sent_and_always_reported(sampling: Sampling, name: str) -> None:
    asked = CODING.asking(sampling=sampling)
    assert name not in CODING.body(asked)
    assert CODING.sent(asked).dropped == (name,)


def test_what_kimi_does_anyway_is_not_reported() -> None:
    assert CODING.dropped(sampling=Sampling(n=1, logprobs=False)) == ()


def test_stop_strings_are_sent() -> None:
    assert CODING.body(CODING.asking(sampling=Sampling(stop=("a",))))["stop"] == ["a"]


@pytest.mark.parametrize("stop", [("a",) * 6, ("é" * 17,)])
def test_more_or_longer_stop_strings_are_refused(stop: tuple[str, ...]) -> None:
    failure = CODING.refusal(CODING.asking(sampling=Sampling(stop=stop)))
    assert (failure.kind, failure.param) == (ErrorKind.UNSUPPORTED, "stop")


def test_a_cache_key_is_passed_on() -> None:
    assert CODING.body(CODING.asking(extras={"prompt_cache_key": "k"}))["prompt_cache_key"] == "k"


@pytest.mark.parametrize("name", ["verbosity", "service_tier", "store", "thinking", "partial"])
def test_any_other_further_field_is_reported(name: str) -> None:
    assert CODING.dropped(extras={name: "x"}) == (name,)


# --- the output floor ---


def test_a_limit_below_the_floor_is_raised_and_said() -> None:
    asked = CODING.asking(limit=100)
    outgoing = CODING.sent(asked, min_output_tokens=1500)
    assert CODING.body(asked, min_output_tokens=1500)["max_completion_tokens"] == 1500
    assert outgoing.notes == (("x-lakehouse-output-floor", "1500"),)


@pytest.mark.parametrize("limit", [1500, 20000])
def test_a_limit_at_or_above_the_floor_stands(limit: int) -> None:
    asked = CODING.asking(limit=limit)
    assert CODING.body(asked, min_output_tokens=1500)["max_completion_tokens"] == limit
    assert CODING.sent(asked, min_output_tokens=1500).notes == ()


def test_no_limit_asked_is_none_sent() -> None:
    assert "max_completion_tokens" not in CODING.body(CODING.asking(), min_output_tokens=1500)


# --- thinking ---


@pytest.mark.parametrize(
    ("effort", "sent"),
    [
        ("minimal", "low"),
        ("low", "low"),
        ("medium", "high"),
        ("high", "high"),
        ("xhigh", "max"),
        ("max", "max"),
    ],
)
def test_an_effort_becomes_one_of_three_words(effort: str, sent: str) -> None:
    for model in ("kimi-for-coding", "k3", "k3-256k"):
        assert thinking(model, effort) == {"reasoning_effort": sent, "dropped": ()}


@pytest.mark.parametrize("model", ["kimi-for-coding", "k3", "kimi-k2.6"])
def test_no_effort_turns_thinking_off(model: str) -> None:
    assert thinking(model, "none") == {"thinking": {"type": "disabled"}, "dropped": ()}


@pytest.mark.parametrize(
    "model",
    ["kimi-for-coding-highspeed", "kimi-k3", "kimi-k2.7-code", "kimi-k2.7-code-highspeed", "new"],
)
def test_thinking_that_cannot_be_turned_off_is_reported(model: str) -> None:
    assert thinking(model, "none") == {"dropped": ("reasoning_effort",)}


@pytest.mark.parametrize("model", ["kimi-for-coding-highspeed", "kimi-k2.7-code", "kimi-k2.6"])
def test_a_model_without_levels_gets_none(model: str) -> None:
    assert thinking(model, "low") == {"dropped": ("reasoning_effort",)}


def test_the_platforms_k3_takes_an_effort_and_no_thinking_object() -> None:
    assert thinking("kimi-k3", "low", PLATFORM) == {"reasoning_effort": "low", "dropped": ()}


def test_a_budget_is_reported() -> None:
    assert CODING.dropped(thinking=Thinking(budget_tokens=9)) == ("reasoning.max_tokens",)
