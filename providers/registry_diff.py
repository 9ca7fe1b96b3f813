"""What would have to change for the database to say what the registry file says. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from providers import fields
from providers.provenance import Applied
from providers.registry import Entry


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DRIFT = "drift"
    UNCHANGED = "unchanged"
    PRUNE = "prune"


class FieldChange(msgspec.Struct, frozen=True):
    """`drift` tells an edit in the database from an edit in the file."""

    field: str
    database: Any
    file: Any
    drift: bool


class Change(msgspec.Struct, frozen=True):
    """One provider. `adopted` is True when a provider made elsewhere becomes the file's."""

    name: str
    action: Action
    fields: tuple[FieldChange, ...] = ()
    adopted: bool = False


class Stored(msgspec.Struct, frozen=True):
    """A row: its values, and what the file gave it (None when the file does not own it)."""

    values: Mapping[str, Any]
    applied: Applied | None


def plan(entries: Iterable[Entry], stored: Mapping[str, Stored]) -> list[Change]:
    """The file's providers in its order, then those of the database that left the file."""
    listed = {entry.name: entry for entry in entries}
    changes = [_change(entry, stored.get(entry.name)) for entry in listed.values()]
    gone = (name for name, row in stored.items() if row.applied and name not in listed)
    return changes + [Change(name, Action.PRUNE) for name in gone]


def differs(changes: Iterable[Change]) -> bool:
    return any(change.action is not Action.UNCHANGED for change in changes)


def _change(entry: Entry, row: Stored | None) -> Change:
    if row is None:
        created = tuple(FieldChange(f, None, v, False) for f, v in entry.declared.items())
        return Change(entry.name, Action.CREATE, created)
    changed = tuple(
        FieldChange(field, row.values[field], said, _is_drift(field, said, row))
        for field in fields.NAMES
        if row.values[field] != (said := entry.values[field])
    )
    recorded = Applied(entry.values, frozenset(entry.declared))
    if row.applied is None:
        return Change(entry.name, Action.UPDATE, changed, adopted=True)
    if any(not change.drift for change in changed) or row.applied != recorded:
        return Change(entry.name, Action.UPDATE, changed)
    return Change(entry.name, Action.DRIFT if changed else Action.UNCHANGED, changed)


def _is_drift(field: str, said: Any, row: Stored) -> bool:
    """True when the file says what it said at the last sync, so the database was edited."""
    return row.applied is not None and row.applied.values.get(field) == said
