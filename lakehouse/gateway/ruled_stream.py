"""Answer rules on a stream: what may go out now, what is held back, and what never goes.

Each rule is a stage that events pass one after the other, in the rules' order, so that a later
rule sees what the ones before it left.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from lakehouse.gateway.ruled_deciding import AtEnd, Watching
from lakehouse.gateway.ruled_scrubbing import Covering, Scrubbing
from lakehouse.truth.actions import Block, Pass, Redact, Reject
from lakehouse.truth.conditions import FieldContainsAny, holds, paths
from lakehouse.truth.deciding import Outcome
from lakehouse.truth.rule import Rule
from providers.events import Event


class Stage(Protocol):
    """`fired` and `ended` are set while events pass."""

    rule: Rule
    fired: bool
    ended: bool

    def passed(self, events: list[Event]) -> list[Event]:
        """What of these, and of what was held back, may go on. Raises Undecided."""


class RuledStream:
    """For one answer. `outcome` is what is new since somebody last took it away."""

    def __init__(self, rules: Sequence[Rule], subject: Mapping[str, Any]) -> None:
        self.outcome = Outcome()
        self._waiting = list(rules)
        self._subject = subject
        self._stages: list[Stage] = []
        self._told: set[str] = set()

    def passed(self, events: list[Event]) -> list[Event]:
        """What may go out. Nothing more may, once `outcome.ended` is set."""
        while self._waiting and self.outcome.ended is None:
            self._begin(self._waiting.pop(0))
        for stage in self._stages:
            if self.outcome.ended is not None:
                return []
            try:
                events = stage.passed(events)
            except Exception as error:
                self.outcome.breaks(stage.rule, error)
                return []
            if stage.fired:
                self._fire(stage.rule)
            if stage.ended:
                self.outcome.ended = stage.rule
        return [] if self.outcome.ended is not None else events

    def _begin(self, rule: Rule) -> None:
        """The stage that a rule needs, or its end where all that it asks for is known."""
        if any(path.root == "answer" for path in paths(rule.condition)):
            self._stages.append(_stage(rule, self._subject))
            return
        try:
            fires = holds(rule.condition, self._subject)
        except Exception as error:
            self.outcome.breaks(rule, error)
            return
        if not fires:
            return
        match rule.action:
            case Pass():
                self._fire(rule)
            case Reject() | Block():
                self._fire(rule)
                self.outcome.ended = rule
            case Redact(whole=True):
                self._fire(rule)
                self._stages.append(Covering(rule, rule.action))
            case Redact():
                self._fire(rule)
                self._stages.append(Scrubbing(rule, rule.action))

    def _fire(self, rule: Rule) -> None:
        if rule.id not in self._told:
            self._told.add(rule.id)
            self.outcome.fired.append(rule)


def _stage(rule: Rule, subject: Mapping[str, Any]) -> Stage:
    condition, action = rule.condition, rule.action
    if isinstance(condition, FieldContainsAny):
        if isinstance(action, Redact) and not action.whole and action.fields == condition.fields:
            return Scrubbing(rule, action)
        if isinstance(action, Reject | Block):
            return Watching(rule, subject)
    return AtEnd(rule, subject)
