"""Effort and budget, as each generation of Gemini understands them."""

from typing import Any

import pytest

from providers.messages import Effort, Thinking
from tests.conversation import ask
from tests.providers.adapters.gemini_sent import body, sent

FLASH_25, LITE_25, PRO_25 = "gemini-2.5-flash", "gemini-2.5-flash-lite", "gemini-2.5-pro"
FLASH_3, PRO_3, PRO_31 = "gemini-3-flash-preview", "gemini-3-pro-preview", "gemini-3.1-pro-preview"


def config(model: str, **asked: Any) -> Any:
    sent = body(ask(model=model, thinking=Thinking(**asked)))
    return sent.get("generationConfig", {}).get("thinkingConfig")


def note(model: str, **asked: Any) -> str:
    notes = sent(ask(model=model, thinking=Thinking(**asked))).notes
    return notes[0][1] if notes else ""


@pytest.mark.parametrize(
    ("effort", "budget"),
    [
        ("minimal", 512),
        ("low", 2048),
        ("medium", 8192),
        ("high", 24576),
        ("xhigh", 24576),
        ("max", 24576),
    ],
)
def test_the_2_5_generation_takes_a_budget(effort: Effort, budget: int) -> None:
    assert config(FLASH_25, effort=effort) == {"thinkingBudget": budget, "includeThoughts": True}


@pytest.mark.parametrize(
    ("effort", "level"),
    [
        ("minimal", "MINIMAL"),
        ("low", "LOW"),
        ("medium", "MEDIUM"),
        ("high", "HIGH"),
        ("xhigh", "HIGH"),
        ("max", "HIGH"),
    ],
)
def test_later_generations_take_a_level(effort: Effort, level: str) -> None:
    assert config(FLASH_3, effort=effort) == {"thinkingLevel": level, "includeThoughts": True}


def test_the_largest_effort_is_the_largest_budget_of_the_model() -> None:
    assert config(PRO_25, effort="max")["thinkingBudget"] == 32768
    assert note(PRO_25, effort="max") == ""


@pytest.mark.parametrize("model", [FLASH_25, LITE_25])
def test_effort_none_turns_thinking_off_where_it_can_be(model: str) -> None:
    assert config(model, effort="none", want_text=True) == {"thinkingBudget": 0}
    assert note(model, effort="none") == ""


@pytest.mark.parametrize(
    ("model", "least"),
    [
        (PRO_25, {"thinkingBudget": 128}),
        (FLASH_3, {"thinkingLevel": "MINIMAL"}),
        (PRO_3, {"thinkingLevel": "LOW"}),
    ],
)
def test_effort_none_is_the_least_there_is_where_thinking_cannot_stop(
    model: str, least: Any
) -> None:
    assert config(model, effort="none") == least
    assert note(model, effort="none").startswith("reasoning_effort none was sent as thinking")


@pytest.mark.parametrize(
    ("model", "effort", "level"),
    [
        (PRO_3, "minimal", "LOW"),
        (PRO_3, "medium", "HIGH"),
        (PRO_31, "medium", "MEDIUM"),
        ("gemini-pro-latest", "minimal", "LOW"),
        ("models/gemini-flash-latest", "minimal", "MINIMAL"),
    ],
)
def test_a_level_the_model_lacks_becomes_the_next_stronger_one(
    model: str, effort: Effort, level: str
) -> None:
    assert config(model, effort=effort)["thinkingLevel"] == level
    assert bool(note(model, effort=effort)) == (level.lower() != effort)


@pytest.mark.parametrize(
    ("model", "asked", "given"),
    [(LITE_25, 100, 512), (PRO_25, 0, 128), (FLASH_25, 30000, 24576), (FLASH_25, 1, 1)],
)
def test_a_budget_is_kept_in_the_models_range_and_a_change_is_told(
    model: str, asked: int, given: int
) -> None:
    assert config(model, budget_tokens=asked)["thinkingBudget"] == given
    told = f"reasoning.max_tokens {asked} was sent as thinkingBudget {given}"
    assert note(model, budget_tokens=asked).startswith(told) == (asked != given)


def test_minus_one_leaves_the_budget_to_the_model() -> None:
    assert config(PRO_25, budget_tokens=-1)["thinkingBudget"] == -1
    assert config(PRO_31, budget_tokens=-1) is None


def test_where_there_is_a_budget_it_goes_before_effort() -> None:
    assert config(FLASH_25, effort="high", budget_tokens=1000)["thinkingBudget"] == 1000


@pytest.mark.parametrize(
    ("budget", "level"), [(100, "MINIMAL"), (2000, "LOW"), (9000, "HIGH"), (99999, "HIGH")]
)
def test_a_budget_becomes_a_level_where_there_are_levels(budget: int, level: str) -> None:
    assert config(FLASH_3, budget_tokens=budget)["thinkingLevel"] == level
    assert note(FLASH_3, budget_tokens=budget).startswith(f"reasoning.max_tokens {budget} was sent")


def test_where_there_are_levels_effort_goes_before_a_budget() -> None:
    assert config(FLASH_3, effort="low", budget_tokens=9000)["thinkingLevel"] == "LOW"
    assert note(FLASH_3, effort="low", budget_tokens=9000) == ""


def test_nothing_asked_is_nothing_sent() -> None:
    assert config(FLASH_3) is None and config(FLASH_25) is None


def test_thoughts_can_be_asked_for_without_an_effort() -> None:
    assert config(FLASH_3, want_text=True) == {"includeThoughts": True}


def test_thoughts_can_be_declined() -> None:
    assert config(FLASH_3, effort="high", want_text=False) == {"thinkingLevel": "HIGH"}


@pytest.mark.parametrize(
    "model",
    [
        "gemini-2.0-flash",
        "gemini-1.5-pro-latest",
        "gemma-3-27b-it",
        "gemini-2.5-flash-image",
        "gemini-2.5-flash-preview-tts",
        "tunedModels/mine",
        "gemini-exp-1206",
    ],
)
def test_a_model_that_does_not_think_gets_no_config_and_the_fields_are_reported(model: str) -> None:
    request = ask(model=model, thinking=Thinking(effort="high", budget_tokens=100, want_text=True))
    assert "generationConfig" not in body(request)
    assert sent(request).dropped == ("reasoning_effort", "reasoning.max_tokens")


def test_a_model_that_does_not_think_honours_effort_none() -> None:
    request = ask(model="gemini-2.0-flash", thinking=Thinking(effort="none"))
    assert sent(request).dropped == ()
