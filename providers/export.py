"""The registry file as the database would have it: the same bytes where nothing changed.

Comments, order and spelling of the file survive; only values that differ are rewritten.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
import tomlkit
from tomlkit.items import InlineTable, Table

from providers import fields, registry
from providers.models import Provider


class Exported(msgspec.Struct, frozen=True):
    """`text` is the new file. The names left as they were, and those left out, are for a note."""

    text: str
    only_in_file: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def export(text: str, path: str, rows: Iterable[Provider], *, everything: bool = False) -> Exported:
    """The text with the database's values.

    Providers that the file does not have are appended: those it once had always, those made
    in the admin or by REST with `everything`. Entries that the database does not have
    stay. Raises RegistryError when the text itself is not a usable registry file.
    """
    entries = {entry.name: entry for entry in registry.parse(text, path)}
    stored = {row.name: row for row in rows}
    document = tomlkit.parse(text)
    for name, entry in entries.items():
        if row := stored.get(name):
            _rewrite(document[registry.TABLE][name], entry.values, row.values)
    new = [row for name, row in stored.items() if name not in entries]
    added = [row for row in new if everything or row.source == row.Source.FILE]
    return Exported(
        tomlkit.dumps(document) + "".join(map(_appended, added)),
        only_in_file=tuple(name for name in entries if name not in stored),
        left_out=tuple(row.name for row in new if row not in added),
    )


def _rewrite(table: Any, said: dict[str, Any], wanted: dict[str, Any]) -> None:
    for field in fields.NAMES:
        if wanted[field] != said[field]:
            if isinstance(wanted[field], dict) and isinstance(
                table.get(field), Table | InlineTable
            ):
                _rewrite_table(table[field], wanted[field])
            else:
                table[field] = _item(field, wanted[field])


def _rewrite_table(table: Any, wanted: dict[str, Any]) -> None:
    for key in [key for key in table if key not in wanted]:
        del table[key]
    for key, value in wanted.items():
        if table.get(key) != value:
            table[key] = value


def _appended(row: Provider) -> str:
    """A new entry: what the kind's defaults do not say already."""
    starting = fields.starting(row.kind) | {"kind": None}
    document = tomlkit.document()
    for field, value in row.values.items():
        if value != starting[field]:
            document[field] = _item(field, value)
    return f"\n[{registry.TABLE}.{row.name}]\n{tomlkit.dumps(document)}"


def _item(field: str, value: Any) -> Any:
    if field == "auth":
        return value or fields.NO_SECRET
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update(value)
        return table
    return value
