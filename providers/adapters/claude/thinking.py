"""How much a model shall think, and what the thinking allows beside it (`wire/anthropic.md`)."""

import re
from typing import Any

import msgspec

from providers.adapters.claude import traits as names
from providers.adapters.claude.draft import Draft
from providers.adapters.claude.parts import own_thinking
from providers.adapters.claude.tools import is_forced
from providers.adapters.claude.traits import Traits
from providers.errors import ErrorKind, Failure
from providers.messages import Effort, Reasoning, Request, Thinking, Turn

_BUDGETS = {
    "minimal": 1024,
    "low": 2048,
    "medium": 10000,
    "high": 16384,
    "xhigh": 32768,
    "max": 32768,
}
_LEAST_BUDGET = 1024
_REFUSED_STATES = re.compile(
    r"invalid `?signature`?.{0,40}thinking|thinking.{0,60}cannot be modified"
    r"|expected `?thinking`?.{0,60}but found|invalid `?data`?.{0,40}redacted_thinking",
    re.IGNORECASE | re.DOTALL,
)


class Plan(msgspec.Struct, frozen=True):
    """`on`: the model will think, so its earlier thinking may go back to it."""

    max_tokens: int
    on: bool = False
    thinking: dict[str, Any] | None = None
    effort: str | None = None


def plan(request: Request, traits: Traits, max_tokens: int, draft: Draft) -> Plan:
    """What to ask for; `max_tokens` is the client's limit or the default."""
    asked = request.thinking
    if traits.thinking == "adaptive":
        return _adaptive(asked, traits, max_tokens, draft)
    if asked.effort == "none" or (asked.effort is None and asked.budget_tokens is None):
        return Plan(max_tokens)
    if traits.thinking == "none" or is_forced(request):
        draft.drop("reasoning_effort")
        return Plan(max_tokens)
    if _lacks_thinking(request.turns, names.origin(request.model)):
        draft.note("thinking is off for this call: its earlier thinking is not known")
        return Plan(max_tokens)
    return _manual(request, traits, max_tokens, draft)


def amend(request: Request, failure: Failure) -> Request | None:
    """The request without any earlier thinking and without new, when that was refused."""
    if failure.status != 400 or failure.kind is not ErrorKind.BAD_REQUEST:
        return None
    if not _REFUSED_STATES.search(failure.message):
        return None
    turns = tuple(
        msgspec.structs.replace(
            turn, parts=tuple(p for p in turn.parts if not isinstance(p, Reasoning))
        )
        for turn in request.turns
    )
    amended = msgspec.structs.replace(request, turns=turns, thinking=Thinking(effort="none"))
    return None if amended == request else amended


def _adaptive(asked: Thinking, traits: Traits, max_tokens: int, draft: Draft) -> Plan:
    effort = asked.effort
    if effort is None and asked.budget_tokens is not None:
        effort = _effort_of(asked.budget_tokens)
        draft.note(f"a thinking budget of {asked.budget_tokens} was sent as effort {effort}")
    if effort == "none" and traits.can_stop_thinking:
        return Plan(max_tokens, thinking={"type": "disabled"})
    if effort == "none":
        draft.note("reasoning_effort none was sent as low: this model always thinks")
        return Plan(max_tokens, on=True, effort="low")
    shown = traits.hides_thinking and (asked.want_text or (effort and asked.want_text is None))
    thinking = {"type": "adaptive", "display": "summarized"} if shown else {"type": "adaptive"}
    if effort is None:
        on = traits.thinks_unasked
        return Plan(max_tokens, on=on, thinking=thinking if on and shown else None)
    level = _level(effort, traits)
    if level != effort:
        draft.note(f"reasoning_effort {effort} was sent as {level}")
    return Plan(max_tokens, on=True, thinking=thinking, effort=level)


def _level(effort: Effort, traits: Traits) -> str:
    if effort == "minimal":
        return "low"
    if effort == "xhigh" and not traits.xhigh:
        return "max"
    return effort


def _effort_of(budget: int) -> Effort:
    if budget <= _BUDGETS["low"]:
        return "low"
    if budget <= _BUDGETS["medium"]:
        return "medium"
    return "high" if budget <= _BUDGETS["high"] else "max"


def _manual(request: Request, traits: Traits, wanted: int, draft: Draft) -> Plan:
    """A budget below max_tokens; max_tokens grows rather than the thinking shrinks."""
    asked = request.thinking
    budget = asked.budget_tokens
    if budget is None:
        budget = _BUDGETS[asked.effort or "medium"]
    elif budget < _LEAST_BUDGET:
        draft.note(f"a thinking budget of {budget} was sent as {_LEAST_BUDGET}, the least")
        budget = _LEAST_BUDGET
    max_tokens = wanted if wanted > budget else wanted + budget
    if traits.ceiling is not None and max_tokens > traits.ceiling:
        max_tokens = traits.ceiling
        fitting = max_tokens - min(wanted, max_tokens // 2)
        if fitting < budget:
            draft.note(f"a thinking budget of {budget} was sent as {fitting}, to fit the model")
            budget = fitting
    if request.limit is not None and max_tokens != request.limit:
        draft.note(
            f"max_tokens {request.limit} was sent as {max_tokens}, "
            f"to hold a thinking budget of {budget}"
        )
    return Plan(max_tokens, on=True, thinking={"type": "enabled", "budget_tokens": budget})


def _lacks_thinking(turns: tuple[Turn, ...], origin: str) -> bool:
    """True where the model must go on from an assistant turn whose own thinking is not known.

    That is inside a tool loop, or after a last assistant turn; the loop's first
    assistant turn is the one that holds the thinking.
    """
    since: list[Turn] = []
    for turn in reversed(turns):
        if turn.role == "user":
            break
        since.append(turn)
    answers = [turn for turn in reversed(since) if turn.role == "assistant"]
    if not answers:
        return False
    return not any(own_thinking(part, origin) for part in answers[0].parts)
