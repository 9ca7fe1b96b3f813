"""What other apps have against a provider's row: asked by every door, before it is saved.

This app knows nothing of those that use its providers; they register here.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.models import Provider

Objection = Callable[["Provider"], Iterable[tuple[str, str]]]
_registered: list[Objection] = []


def register(objection: Objection) -> None:
    """`objection` gives pairs of a field and what is wrong with its value."""
    if objection not in _registered:
        _registered.append(objection)


def to(provider: "Provider") -> dict[str, str]:
    """By field; the first objection to a field is the one that is said."""
    found: dict[str, str] = {}
    for objection in _registered:
        for field, text in objection(provider):
            found.setdefault(field, text)
    return found
