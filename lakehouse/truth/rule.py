"""A rule, and all the rules that are in force together."""

from collections.abc import Sequence
from functools import cached_property
from typing import Literal

import msgspec

from lakehouse.truth import actions, conditions
from lakehouse.truth.actions import Action, Redact
from lakehouse.truth.conditions import Always, Condition
from lakehouse.truth.paths import Path
from lakehouse.truth.quick import Needs, escaped, needs

EVERY = "*"
Stage = Literal["request", "answer"]


class Rule(msgspec.Struct, frozen=True, dict=True):
    """`file` and `line` are where it begins."""

    id: str
    task_class: str
    description: str
    condition: Condition
    action: Action
    file: str = ""
    line: int = 0

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        named = self.action.fields if isinstance(self.action, Redact) else ()
        return (*conditions.paths(self.condition), *named)

    @cached_property
    def stage(self) -> Stage:
        said = isinstance(self.condition, Always) and self.condition.stage == "answer"
        return "answer" if said or any(p.root == "answer" for p in self.paths) else "request"

    @cached_property
    def needs(self) -> Needs:
        return needs(self.condition)

    @property
    def action_name(self) -> str:
        return actions.name(self.action)


class Applicable(msgspec.Struct, frozen=True):
    """The rules that a call of one task class is held to, in their order."""

    request: tuple[Rule, ...] = ()
    answer: tuple[Rule, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.request or self.answer)

    def asked_of(self, raw: bytes) -> tuple[Rule, ...]:
        """Those of the request's rules that may hold for one with this body.

        What a rule puts in the place of something may be what a later one looks for: after
        the first that may redact, all are asked.
        """
        is_escaped = escaped(raw)
        kept: list[Rule] = []
        for place, rule in enumerate(self.request):
            if rule.needs.may_be_met(raw, escaped=is_escaped):
                if isinstance(rule.action, Redact):
                    return (*kept, *self.request[place:])
                kept.append(rule)
        return tuple(kept)


class Ruleset:
    """Immutable. `rules` are in the order of their files' names, then of their places."""

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        self.rules = tuple(rules)
        classes = {rule.task_class for rule in self.rules}
        self._of = {name: self._applicable(name) for name in classes | {EVERY}}

    def of(self, task_class: str) -> Applicable:
        """The rules of a task class, "" for none, and those of every one."""
        return self._of.get(task_class) or self._of[EVERY]

    def _applicable(self, name: str) -> Applicable:
        mine = [rule for rule in self.rules if rule.task_class in (name, EVERY)]
        return Applicable(
            tuple(rule for rule in mine if rule.stage == "request"),
            tuple(rule for rule in mine if rule.stage == "answer"),
        )
