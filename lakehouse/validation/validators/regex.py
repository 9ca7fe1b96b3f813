"""`regex`: patterns that are in the answer, and that are not."""

from collections.abc import Mapping
from typing import Any

import msgspec

from lakehouse.validation.errors import WHOLE, Invalid
from lakehouse.validation.subject import Subject
from profiles.execution.apart import running


class Regex:
    """A pattern may take for ever, so it is matched in a process of its own."""

    apart = True

    def __init__(self, must: list[str], must_not: list[str]) -> None:
        self._must = must
        self._must_not = must_not
        patterns = [*must, *must_not]
        self._patterns = msgspec.json.encode(patterns)

    def check(self, subject: Subject) -> list[Invalid]:
        done = running.run("regex", self._patterns, subject.text)
        if done.problem:
            return [Invalid("policy", WHOLE, done.problem, final=True)]
        there = dict(zip([*self._must, *self._must_not], done.found, strict=True))
        return [
            *(_missing(pattern) for pattern in self._must if not there[pattern]),
            *(_found(pattern) for pattern in self._must_not if there[pattern]),
        ]


def make(settings: Mapping[str, Any]) -> Regex:
    return Regex(_texts(settings.get("must_match")), _texts(settings.get("must_not_match")))


def _missing(pattern: str) -> Invalid:
    return Invalid("schema", WHOLE, f"Nothing in it matches {pattern[:200]}.")


def _found(pattern: str) -> Invalid:
    return Invalid("policy", WHOLE, f"It matches {pattern[:200]}, which it must not.")


def _texts(given: Any) -> list[str]:
    return [given] if isinstance(given, str) else list(given or ())
