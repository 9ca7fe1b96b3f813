"""From asked effort or budget to `thinkingConfig`, by model (`wire/gemini.md`, "Thinking").

The 2.5 generation counts tokens, later ones know levels, earlier ones do not think.
The budget numbers are ours; the API fixes only each model's range.
"""

from typing import Any, NamedTuple

from providers.adapters.gemini.names import bare, generation
from providers.messages import Effort, Thinking

DYNAMIC = -1
BUDGETS: dict[Effort, int] = {
    "none": 0,
    "minimal": 512,
    "low": 2048,
    "medium": 8192,
    "high": 24576,
    "xhigh": 32768,
    "max": 32768,
}
LEVELS = ("MINIMAL", "LOW", "MEDIUM", "HIGH")
# Models of a thinking generation that take no thinkingConfig of this kind.
_SPECIAL = ("-image", "-tts", "-live", "native-audio")


class Budget(NamedTuple):
    """Tokens a model may be given, and whether 0 turns its thinking off."""

    least: int
    most: int
    off: bool


class Chosen(NamedTuple):
    """`note` says what was sent where that is not what was asked; `on`: the model will think."""

    config: dict[str, Any] | None = None
    on: bool = False
    note: str = ""
    dropped: tuple[str, ...] = ()


def choose(model: str, thinking: Thinking) -> Chosen:
    """The config to send (None: nothing), and how it differs from the wish."""
    known = scheme(model)
    if known is None:
        return Chosen(dropped=tuple(_unheard(thinking)))
    config, exact = (
        _budget(known, thinking) if isinstance(known, Budget) else _level(known, thinking)
    )
    on = config.get("thinkingBudget") != 0
    note = "" if exact else _note(thinking, config)
    wanted = thinking.want_text
    if wanted is None:
        wanted = bool(config) and thinking.effort != "none"
    if wanted and on:
        config["includeThoughts"] = True
    return Chosen(config or None, on, note)


def scheme(model: str) -> Budget | tuple[str, ...] | None:
    """How a model is told to think: a range of tokens, its levels, or not at all."""
    name, known = bare(model), generation(model)
    if known is None or known < (2, 5) or any(word in name for word in _SPECIAL):
        return None
    if known < (3, 0):
        if "-pro" in name:
            return Budget(128, 32768, off=False)
        return Budget(512 if "-lite" in name else 1, 24576, off=True)
    if "-pro" in name:
        return ("LOW", "HIGH") if known < (3, 1) else LEVELS[1:]
    return LEVELS


def _budget(known: Budget, thinking: Thinking) -> tuple[dict[str, Any], bool]:
    """The config, and whether it is what was asked."""
    asked = thinking.budget_tokens
    if asked is None and thinking.effort is not None:
        asked = min(BUDGETS[thinking.effort], known.most)
    if asked is None:
        return {}, True
    given = asked
    if asked != DYNAMIC and not (asked == 0 and known.off):
        given = min(max(asked, known.least), known.most)
    return {"thinkingBudget": given}, given == asked


def _level(known: tuple[str, ...], thinking: Thinking) -> tuple[dict[str, Any], bool]:
    """The weakest level that is not below the wish, else the strongest; and whether it is exact."""
    effort = thinking.effort or _effort(thinking.budget_tokens)
    if effort is None:
        return {}, True
    wanted = min(_rank(effort), len(LEVELS) - 1)
    level = next((one for one in known if LEVELS.index(one) >= wanted), known[-1])
    return {"thinkingLevel": level}, thinking.effort is not None and level.lower() == effort


def _note(thinking: Thinking, config: dict[str, Any]) -> str:
    counted = thinking.budget_tokens is not None and (
        thinking.effort is None or "thinkingBudget" in config
    )
    asked = (
        f"reasoning.max_tokens {thinking.budget_tokens}"
        if counted
        else f"reasoning_effort {thinking.effort}"
    )
    sent = ", ".join(f"{name} {value}" for name, value in config.items())
    return f"{asked} was sent as {sent}, the nearest this model has"


def _rank(effort: Effort) -> int:
    """`none` ranks with `minimal`: these models cannot stop thinking."""
    return max(list(BUDGETS).index(effort) - 1, 0)


def _effort(budget: int | None) -> Effort | None:
    """The weakest effort that has such a budget."""
    if budget is None or budget == DYNAMIC:
        return None
    return next((effort for effort, tokens in BUDGETS.items() if tokens >= budget), "max")


def _unheard(thinking: Thinking) -> list[str]:
    dropped = []
    if thinking.effort not in (None, "none"):
        dropped.append("reasoning_effort")
    if thinking.budget_tokens:
        dropped.append("reasoning.max_tokens")
    return dropped
