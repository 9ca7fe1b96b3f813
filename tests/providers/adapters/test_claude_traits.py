import pytest

from providers.adapters.claude import traits

ADAPTIVE = ["claude-opus-4-6", "claude-sonnet-4-6-20260101", "claude-opus-4.8", "claude-haiku-5"]
MANUAL = ["claude-3-7-sonnet-latest", "claude-sonnet-4-20250514", "claude-haiku-4-5", "my-model"]
NONE = ["claude-3-5-sonnet-20241022", "claude-3-opus-20240229", "claude-2.1", "claude-instant-1.2"]


@pytest.mark.parametrize("model", ADAPTIVE)
def test_models_from_four_six_on_think_by_effort(model: str) -> None:
    assert traits.of(model).thinking == "adaptive"


@pytest.mark.parametrize("model", MANUAL)
def test_models_before_that_and_strangers_think_by_budget(model: str) -> None:
    assert traits.of(model).thinking == "manual"


@pytest.mark.parametrize("model", NONE)
def test_the_oldest_models_do_not_think(model: str) -> None:
    assert traits.of(model).thinking == "none"


@pytest.mark.parametrize(
    ("model", "sampling"),
    [
        ("claude-3-haiku-20240307", "free"),
        ("claude-sonnet-4-20250514", "either"),
        ("claude-opus-4-6", "either"),
        *[(m, "none") for m in ("claude-opus-4-7", "claude-opus-4-8", "claude-opus-5")],
        *[(m, "none") for m in ("claude-opus-5-5", "claude-sonnet-5", "claude-mythos-5")],
        ("some-other-server", "free"),
    ],
)
def test_sampling_goes_by_generation(model: str, sampling: str) -> None:
    assert traits.of(model).sampling == sampling


@pytest.mark.parametrize(
    ("model", "taken"),
    [
        ("claude-opus-4-8", True),
        ("claude-opus-5", True),
        ("claude-opus-4-7", False),
        ("claude-sonnet-5", False),
    ],
)
def test_system_turns_are_for_the_newer_opus(model: str, taken: bool) -> None:
    assert traits.of(model).system_turns is taken


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("claude-opus-4-5-20251101", "claude:opus-4-5"),
        ("claude-opus-4-5", "claude:opus-4-5"),
        ("claude-sonnet-4@20250514", "claude:sonnet-4"),
        ("claude-3-7-sonnet-latest", "claude:3-7-sonnet"),
        ("my-model", "claude:my-model"),
    ],
)
def test_thinking_belongs_to_the_model_without_its_date(model: str, family: str) -> None:
    assert traits.origin(model) == family
