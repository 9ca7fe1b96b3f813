"""A profile or a ladder by kind and name: what documents and commands do with both alike."""

from collections.abc import Mapping
from typing import Any

from profiles import editing
from profiles.activation.target import found
from profiles.base import Profile
from profiles.kinds import Kind, model_of
from profiles.ladder import editing as ladders
from profiles.ladder.model import Ladder
from profiles.revisions import Change, diff
from providers.suggest import shown, suggestion
from providers.validators import is_plain

LADDER = "ladder"
KINDS = (*Kind.values, LADDER)

Row = Profile | Ladder


class NotThere(LookupError):
    """No such kind, or no such name of that kind; says which is nearest."""


def known(kind: str) -> str:
    """The kind. Raises NotThere."""
    if kind not in KINDS:
        near = suggestion(shown(kind), KINDS)
        raise NotThere(f'There is no kind "{shown(kind)}". {near}')
    return kind


def title(kind: str) -> str:
    return LADDER if kind == LADDER else f"{kind} profile"


def find(kind: str, name: str) -> Row:
    """Raises NotThere."""
    if known(kind) == LADDER:
        stored = Ladder.objects.filter(name=name) if is_plain(name) else Ladder.objects.none()
        if (ladder := stored.first()) is not None:
            return ladder
        names = list(Ladder.objects.values_list("name", flat=True))
        near = suggestion(shown(name), names)
        raise NotThere(f'There is no ladder "{shown(name)}". {near}')
    try:
        return found(model_of(kind), name if is_plain(name) else shown(name))
    except LookupError as error:
        raise NotThere(str(error)) from None


def all_of(kind: str) -> list[Row]:
    """In the order of their names. Raises NotThere."""
    if known(kind) == LADDER:
        return list(Ladder.objects.prefetch_related("rungs").order_by("name"))
    return list(model_of(kind).objects.with_activated().order_by("name"))


def new(kind: str, name: str = "") -> Row:
    """Not saved yet, with every default. Raises NotThere."""
    return Ladder(name=name) if known(kind) == LADDER else model_of(kind)(name=name)


def kind_of(row: Row) -> str:
    return LADDER if isinstance(row, Ladder) else str(row.kind)


def values(row: Row) -> dict[str, Any]:
    """Plain values by field, in the model's order; `name` first, a ladder's `rungs` last."""
    if isinstance(row, Ladder):
        return ladders.values_of(row)
    return row.values


def defaults(kind: str) -> dict[str, Any]:
    """As `values`, without the name."""
    return {field: value for field, value in values(new(kind)).items() if field != "name"}


def write(row: Row, given: Mapping[str, Any], expected: int | None = None) -> list[Change]:
    """Checks the row with the given values and saves it, unless nothing differs.

    Returns what differs from the stored row, from the defaults for a new one. `expected` is
    the revision that the change was made against; without it, the one that was read.
    Raises ValidationError by field, and as the `save`s of profiles and ladders.
    """
    is_new, before = row.pk is None, values(row)
    if isinstance(row, Ladder):
        draft = ladders.filled(row, given)
        changes = diff(before, ladders.values_of(draft.ladder, draft.rungs))
        if is_new or changes:
            ladders.save(draft, None if is_new else row.updated)
        return changes
    editing.filled(row, given)
    changes = diff(before, row.values)
    if is_new or changes:
        editing.save(row, row.revision if expected is None else expected)
    return changes


def delete(row: Row) -> None:
    """Raises InUse in the words of its kind."""
    if isinstance(row, Ladder):
        ladders.delete(row)
    else:
        editing.delete(row)
