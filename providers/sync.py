"""Brings the database to what the registry file says, in one transaction or not at all."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from providers import removal
from providers.models import Provider, Source
from providers.registry import Entry
from providers.registry_diff import Action, Change, Stored, plan

# Two syncs at once (two replicas starting) wait for each other on this lock.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('providers.sync'))"


class Refused(Exception):
    """Nothing was changed: a provider is used as the file would not have it. Says by what."""

    def __init__(self, name: str, error: ValidationError | removal.InUse) -> None:
        if isinstance(error, removal.InUse):
            super().__init__(str(error))
        else:
            said = (f"{field}: {texts[0]}" for field, texts in error.message_dict.items())
            super().__init__(f"[providers.{name}] {' '.join(said)}")


def difference(entries: Iterable[Entry]) -> list[Change]:
    """What `apply` would do now. Changes nothing."""
    return plan(entries, _stored(Provider.objects.all()))


def apply(
    entries: Iterable[Entry], *, prune: bool = False, keep_drift: bool = False
) -> list[Change]:
    """Creates and updates; with `prune` also deletes file-owned providers that left the file.

    The file wins over edits made in the database, unless `keep_drift`: then an edited
    field stays as it is until the file itself changes it. Returns what was different.
    Raises Refused.
    """
    listed = {entry.name: entry for entry in entries}
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
        rows = {row.name: row for row in Provider.objects.select_for_update().order_by("pk")}
        changes = plan(listed.values(), _stored(rows.values()))
        for change in changes:
            name = change.name
            try:
                match change.action:
                    case Action.CREATE:
                        _write(Provider(name=name), listed[name])
                    case Action.UPDATE:
                        _update(rows[name], listed[name], change, keep_drift)
                    case Action.DRIFT:
                        if not keep_drift:
                            _write(rows[name], listed[name])
                    case Action.PRUNE:
                        if prune:
                            removal.remove(rows[name])
                    case Action.UNCHANGED:
                        continue
            except (ValidationError, removal.InUse) as error:
                raise Refused(name, error) from None
    return changes


def _stored(rows: Iterable[Provider]) -> dict[str, Stored]:
    return {row.name: Stored(row.values, row.last_applied) for row in rows}


def _update(row: Provider, entry: Entry, change: Change, keep_drift: bool) -> None:
    kept = {c.field: c.database for c in change.fields if c.drift} if keep_drift else {}
    try:
        _write(row, entry, kept)
    except ValidationError:
        # The kept edits do not go with what the file says now; the file is whole, so it wins.
        _write(row, entry)


def _write(row: Provider, entry: Entry, kept: dict[str, object] | None = None) -> None:
    for field, value in (entry.values | (kept or {})).items():
        setattr(row, field, value)
    row.source = Source.FILE
    row.applied = entry.values
    row.named = list(entry.declared)
    row.full_clean()
    row.save()
