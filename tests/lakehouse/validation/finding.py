"""One line from a list of validators and a text to what they find."""

from typing import Any

from lakehouse.validation.errors import Invalid
from lakehouse.validation.registry import built
from lakehouse.validation.report import report
from lakehouse.validation.subject import Subject
from profiles.execution.validators import named


def found(text: str, *validators: Any, **about: Any) -> list[Invalid]:
    return list(report(built(named(list(validators))), Subject(text, **about)).errors)


def told(text: str, *validators: Any, **about: Any) -> list[tuple[str, str, str]]:
    """Kind, path and message of each."""
    return [(e.kind, e.path, e.message) for e in found(text, *validators, **about)]


def fits(schema: Any) -> dict[str, Any]:
    return {"json_schema": {"schema": schema}}
