"""One profile or ladder of a document, with the place where it stands, and what is wrong there."""

import re
from collections.abc import Iterator
from typing import Any, Protocol

import msgspec
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from providers.toml_lines import Place
from providers.toml_text import Problem

_STEPS = re.compile(r"[.\[\]]+")


class Text(Protocol):
    """What a document was read from."""

    def problem(self, place: Place, message: str) -> Problem: ...


class DocumentError(Exception):
    """Documents cannot be imported; `problems` has everything that is wrong with them."""

    def __init__(self, problems: list[Problem]) -> None:
        problems = sorted(problems, key=lambda problem: (problem.path, problem.line or 0))
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Entry(msgspec.Struct, frozen=True):
    """`values` are those that the document says; every other field has its default."""

    kind: str
    name: str
    values: dict[str, Any]
    text: Text
    place: Place

    def problem(self, message: str, field: str = "") -> Problem:
        """The message with file, line, table and field, which may be one like `rungs[0].model`."""
        steps = tuple(step for step in _STEPS.split(field) if step)
        said = message if message.startswith(field) else f"{field}: {message}"
        return self.text.problem((*self.place, *steps), f"[{self.kind}.{self.name}] {said}")

    def problems(self, error: ValidationError) -> Iterator[tuple[str, Problem]]:
        """Each fault of an error by field, with its field."""
        for field, messages in error.message_dict.items():
            for message in messages:
                named = "" if field == NON_FIELD_ERRORS else field
                yield field, self.problem(message, named)
