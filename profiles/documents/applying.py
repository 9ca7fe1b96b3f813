"""Brings profiles and ladders to what documents say, in one transaction or not at all."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from profiles.activation.locking import TryAgain, in_transaction
from profiles.documents import rows
from profiles.documents.entry import DocumentError, Entry
from profiles.documents.rows import KINDS, LADDER, NotThere
from profiles.kinds import Kind
from profiles.revisions import Change
from providers.toml_text import Problem

# What an execution profile names comes before it.
_ORDER = (LADDER, Kind.RETRIEVAL, Kind.MEMORY, Kind.OBSERVER, Kind.EXECUTION)


class Action(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DELETED = "deleted"


class Outcome(msgspec.Struct, frozen=True):
    """What became of one row. `revision` is None for a ladder, which has none."""

    kind: str
    name: str
    action: Action
    changes: tuple[Change, ...] = ()
    revision: int | None = None


def apply(entries: list[Entry], *, prune: bool = False, keep: bool = True) -> list[Outcome]:
    """Creates and changes drafts and ladders until they say what the entries say, in full.

    With `prune`, those of the entries' kinds that no entry names are deleted. Without `keep`
    all is taken back: the outcomes are what would be. Raises DocumentError with every fault,
    InUse, Stale and TryAgain; nothing was written then.
    """

    def work() -> list[Outcome]:
        outcomes = _written(entries) + (_pruned(entries) if prune else [])
        if not keep:
            transaction.set_rollback(True)
        return sorted(outcomes, key=lambda outcome: (KINDS.index(outcome.kind), outcome.name))

    try:
        return in_transaction(work)
    except IntegrityError as error:  # somebody made one of the same name at this moment
        raise TryAgain from error


def differs(outcomes: Iterable[Outcome]) -> bool:
    return any(outcome.action is not Action.UNCHANGED for outcome in outcomes)


def _written(entries: list[Entry]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    problems: list[Problem] = []
    failed: list[tuple[str, object]] = []
    for entry in sorted(entries, key=lambda entry: _ORDER.index(entry.kind)):
        try:
            outcomes.append(_one(entry))
        except ValidationError as error:
            failed.append((entry.kind, entry.name))
            # A reference to an entry with faults of its own is none in itself.
            problems += (
                problem
                for field, problem in entry.problems(error)
                if (field, entry.values.get(field)) not in failed
            )
    if problems:
        raise DocumentError(problems)
    return outcomes


def _one(entry: Entry) -> Outcome:
    try:
        row, action = rows.find(entry.kind, entry.name), Action.CHANGED
    except NotThere:
        row, action = rows.new(entry.kind, entry.name), Action.CREATED
    changes = rows.write(row, rows.defaults(entry.kind) | entry.values)
    if action is Action.CHANGED and not changes:
        action = Action.UNCHANGED
    revision = None if entry.kind == LADDER else row.revision  # type: ignore[union-attr]
    return Outcome(entry.kind, entry.name, action, tuple(changes), revision)


def _pruned(entries: list[Entry]) -> list[Outcome]:
    kept = {(entry.kind, entry.name) for entry in entries}
    outcomes = []
    for kind in reversed(_ORDER):
        if kind in {entry.kind for entry in entries}:
            for row in rows.all_of(kind):
                if (kind, row.name) not in kept:
                    rows.delete(row)
                    outcomes.append(Outcome(str(kind), row.name, Action.DELETED))
    return outcomes
