"""From asked effort or budget to `think` (`wire/ollama.md`, "Thinking")."""

from providers.messages import Thinking

_LEVELS: dict[str, bool | str] = {
    "none": False,
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "max",
    "max": "max",
}


def think(model: str, thinking: Thinking) -> bool | str | None:
    """The value to send; None leaves it out, and a model that can think then does.

    Some models take levels only and cannot be silenced: they get their lowest. There are
    no budgets here: asking for one asks for thinking.
    """
    if thinking.effort is not None:
        level = _LEVELS[thinking.effort]
        return "low" if level is False and not can_be_silenced(model) else level
    if thinking.budget_tokens is None:
        return None
    if can_be_silenced(model):
        return thinking.budget_tokens > 0
    return None if thinking.budget_tokens > 0 else "low"


def can_be_silenced(model: str) -> bool:
    """False for gpt-oss, under whatever namespace it was pulled."""
    return not model.rsplit("/", 1)[-1].startswith("gpt-oss")
