"""One table of a rule file to one rule, or to its faults, each with its line."""

import re
from collections.abc import Iterator
from typing import Any

from lakehouse.truth import actions, conditions
from lakehouse.truth.action_reading import action
from lakehouse.truth.condition_reading import condition
from lakehouse.truth.fields import Fields
from lakehouse.truth.given import Given, Wrong
from lakehouse.truth.problems import Problem
from lakehouse.truth.rule import EVERY, Rule
from providers.suggest import shown
from providers.toml_text import TomlText

KEYS = ("id", "task_class", "description", "condition", "action")
OTHER_WORDS = {
    "name": "id",
    "class": "task_class",
    "when": "condition",
    "if": "condition",
    "then": "action",
    "do": "action",
}
_ID = re.compile(r"[a-z][a-z0-9-]{0,62}")
_CLASS = re.compile(r"[^\s*][^\n]{0,62}")
LONGEST_DESCRIPTION = 500


class RuleReader:
    def __init__(self, text: TomlText, number: int, table: dict[str, Any], fields: Fields) -> None:
        self._text = text
        self._place = ("rule", str(number))
        self._table = table
        self._fields = fields
        given = table.get("id")
        named = isinstance(given, str) and given
        self._who = f'rule "{shown(given)}"' if named else f"rule {number + 1} of the file"

    def read(self) -> Iterator[Problem | Rule]:
        """Its faults, or the rule and nothing else."""
        wrong: list[Wrong] = []
        given = Given(self._table, "", wrong)
        given.only(KEYS, OTHER_WORDS)
        for key in KEYS:
            given.must_have(key, _HOW[key])
        id_ = given.text("id")
        if id_ and not _ID.fullmatch(id_):
            how = "it is 1 to 63 lower-case letters, digits or -, and a letter first."
            given.wrong("id", how)
        task_class = given.text("task_class")
        if task_class and task_class != EVERY and not _CLASS.fullmatch(task_class):
            given.wrong("task_class", 'it is 1 to 63 characters, or "*" for every call.')
        description = given.text("description")
        if len(description) > LONGEST_DESCRIPTION:
            given.wrong("description", f"it has more than {LONGEST_DESCRIPTION} characters.")
        holds = given.chosen("condition", conditions.NAMES)
        decided = condition(holds, self._fields) if holds else None
        does = given.chosen("action", actions.NAMES)
        done = action(does, decided, self._fields) if does else None
        if wrong:
            yield from (self._problem(fault) for fault in wrong)
        else:
            assert decided is not None and done is not None
            file = str(self._text.problem((), "").path)
            line = self._text.line(self._place) or 1
            yield Rule(id_, task_class, description, decided, done, file, line)

    def _problem(self, fault: Wrong) -> Problem:
        place = (*self._place, fault.key) if fault.key else self._place
        return self._text.problem(place, f"{self._who}: {fault.message}")


_HOW = {
    "id": 'Give it one, like id = "no-secrets".',
    "task_class": 'Name one, or write task_class = "*" for every call.',
    "description": "Say what the rule is for.",
    "condition": f"Write one of {', '.join(conditions.NAMES)}.",
    "action": f"Write one of {', '.join(actions.NAMES)}.",
}
