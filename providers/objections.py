"""What other apps have against a change of a provider's row: asked by every door, before it.

This app knows nothing of those that use its providers; they register here.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from django.db import IntegrityError

if TYPE_CHECKING:
    from providers.models import Provider

Objection = Callable[["Provider"], Iterable[tuple[str, str]]]
Uses = Callable[["Provider"], Iterable[str]]
_registered: list[Objection] = []
_constraints: dict[str, str] = {}
_uses: list[Uses] = []


def register(objection: Objection, constraint: str = "") -> None:
    """`objection` gives pairs of a field and what is wrong with its value.

    `constraint`, as in "field:name", is the database's own that stands behind it.
    """
    if objection not in _registered:
        _registered.append(objection)
    if constraint:
        field, _, name = constraint.partition(":")
        _constraints[name] = field


def to(provider: "Provider") -> dict[str, str]:
    """By field; the first objection to a field is the one that is said."""
    found: dict[str, str] = {}
    for objection in _registered:
        for field, text in objection(provider):
            found.setdefault(field, text)
    return found


def behind(error: IntegrityError) -> dict[str, str]:
    """By field, what a registered constraint refused; {} when it was none of them."""
    diagnosis = getattr(error.__cause__, "diag", None)
    field = _constraints.get(getattr(diagnosis, "constraint_name", None) or "")
    return {field: str(diagnosis.message_primary)} if diagnosis and field else {}


def register_uses(uses: Uses) -> None:
    """`uses` says what keeps a provider from being deleted, beside rows that refer to it."""
    if uses not in _uses:
        _uses.append(uses)


def uses_of(provider: "Provider") -> list[str]:
    return [text for uses in _uses for text in uses(provider)]
