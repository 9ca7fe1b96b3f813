"""The four actions: what becomes of a call for which a rule's condition holds."""

import json
from typing import Any

import msgspec

from lakehouse.truth.paths import Path

REDACTED = "[redacted]"


class Pass(msgspec.Struct, frozen=True):
    """Nothing: that the rule fired is recorded."""


class Reject(msgspec.Struct, frozen=True):
    """The call ends with `message`."""

    message: str


class Block(msgspec.Struct, frozen=True):
    """As Reject, and people are alerted."""

    message: str


class Redact(msgspec.Struct, frozen=True):
    """`put` takes the place of texts at `fields` and within them.

    Without `whole`, of what a FieldContainsAny found there, and nothing else; with it, and after
    any other condition, of the whole text.
    """

    fields: tuple[Path, ...]
    put: str = REDACTED
    whole: bool = True


Action = Pass | Reject | Redact | Block
NAMES = tuple(kind.__name__ for kind in (Pass, Reject, Redact, Block))


def name(action: Action) -> str:
    return type(action).__name__


def within_json(put: str) -> str:
    """The text as it may stand inside a JSON text."""
    return json.dumps(put, ensure_ascii=False)[1:-1]


def whole_json(put: str) -> str:
    """A JSON object in place of another, which said something that is not to be known."""
    return json.dumps({"redacted": put}, ensure_ascii=False)


def is_json(location: tuple[Any, ...]) -> bool:
    """Whether the text there is JSON: the arguments of a function."""
    return bool(location) and location[-1] == "arguments"
