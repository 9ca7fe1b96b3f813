"""Deciding by rules, one after the other: each sees what the ones before it left."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from time import thread_time
from typing import Any

import msgspec

from lakehouse.truth.actions import Block, Redact, Reject, is_json, whole_json, within_json
from lakehouse.truth.conditions import FieldContainsAny, holds
from lakehouse.truth.paths import Location, Path, put, texts
from lakehouse.truth.pattern import in_time
from lakehouse.truth.problems import Stuck, Undecided
from lakehouse.truth.rule import Rule
from lakehouse.truth.scrubbing import scrubbed

# Words of the protocol itself, and what upstreams want back unchanged.
_FIXED = (("role",), ("type",), ("finish_reason",))
_STATE = "lakehouse_state"

logger = logging.getLogger(__name__)


class Outcome(msgspec.Struct):
    """What a stage's rules came to. `ended` is the one that stopped the call, if one did.

    `undecided` says why, where it did because it could not be decided; `stuck`, where it did
    because it could not redact all that it found.
    """

    fired: list[Rule] = []
    ended: Rule | None = None
    undecided: str = ""
    stuck: str = ""
    redacted: bool = False

    def breaks(self, rule: Rule, error: Exception) -> None:
        """The rule ends the call, since it cannot do what it says."""
        self.ended = rule
        if isinstance(error, Stuck):
            self.stuck = str(error)
        else:
            self.undecided = why(rule, error)

    @property
    def message(self) -> str:
        """What whoever is stopped is told."""
        assert self.ended is not None
        if self.undecided:
            return f"The rule could not be decided here: {self.undecided}."
        if self.stuck:
            return self.stuck
        action = self.ended.action
        return action.message if isinstance(action, Reject | Block) else ""


def decide(rules: Sequence[Rule], subject: Mapping[str, Any], words: Iterable[Path]) -> Outcome:
    """What the rules make of a call. Texts in `subject` are replaced where they stand.

    Never raises: a rule that cannot be decided ends the call, as if it had rejected it.
    """
    outcome = Outcome()
    words = tuple(words)
    for rule in rules:
        try:
            if not holds(rule.condition, subject):
                continue
            if isinstance(rule.action, Redact):
                outcome.redacted |= _redact(rule, rule.action, subject, words)
        except Exception as error:
            outcome.breaks(rule, error)
            return outcome
        outcome.fired.append(rule)
        if isinstance(rule.action, Reject | Block):
            outcome.ended = rule
            return outcome
    return outcome


def why(rule: Rule, error: Exception) -> str:
    """Why a rule was not decided, for a stranger; the log says more where it was our fault."""
    if isinstance(error, Undecided):
        return str(error)
    logger.error("the truth rule %s failed", rule.id, exc_info=error)
    return "it failed, as the server's log tells"


def replaced(rule: Rule, action: Redact, root: str, location: Location, text: str) -> str:
    """The text as it may stand there; of an empty one nothing is to be hidden. Raises Undecided."""
    if not text or not any(path.covers(root, location) for path in action.fields):
        return text
    inside = is_json(location)
    if action.whole:
        return whole_json(action.put) if inside else action.put
    assert isinstance(rule.condition, FieldContainsAny)
    return scrubbed(rule.condition.wanted, text, within_json(action.put) if inside else action.put)


def taken_out(rule: Rule, text: str) -> str:
    """A text about what a rule looks at, without what the rule redacts wherever it finds it."""
    action, condition = rule.action, rule.condition
    if not isinstance(action, Redact) or not isinstance(condition, FieldContainsAny):
        return text
    try:
        return scrubbed(condition.wanted, text, action.put)
    except Undecided:
        return action.put


def _redact(
    rule: Rule, action: Redact, subject: Mapping[str, Any], words: tuple[Path, ...]
) -> bool:
    changed, began = False, thread_time()
    for root in {path.root for path in action.fields}:
        for location, text in list(texts(subject.get(root))):
            if any(path.covers(root, location) for path in words):
                new = replaced(rule, action, root, location, text)
                if new != text:
                    put(subject[root], location, new)
                    changed = True
                in_time(began)
            else:
                refuse_stuck(rule, root, location, text)
    return changed


def refuse_stuck(rule: Rule, root: str, location: Location, text: str) -> None:
    """Of a text that nothing replaces: raises Stuck where the rule would have something taken out
    of it. A state goes to nobody but the upstream that made it."""
    action, condition = rule.action, rule.condition
    if not isinstance(action, Redact) or not isinstance(condition, FieldContainsAny):
        return
    if action.whole or location[-1:] in _FIXED or _STATE in location:
        return
    named = any(path.covers(root, location) for path in action.fields)
    if named and condition.wanted.is_in(text):
        where = ".".join((root, *location))
        text = f"What the rule takes out is in {where}, where nothing can replace it"
        raise Stuck(f"{text}: leave it out there.")
