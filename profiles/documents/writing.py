"""Profiles and ladders as one TOML text: what differs from the defaults, always in one order."""

from collections.abc import Iterable, Iterator
from typing import Any

from profiles.documents import rows, toml
from profiles.documents.rows import KINDS, LADDER, Row
from profiles.ladder import editing as ladders
from profiles.ladder.model import Rung

_rung: Any = Rung._meta
_RUNG = {name: _rung.get_field(name).get_default() for name in ladders.RUNG_FIELDS}


def document(found: Iterable[Row]) -> str:
    """One table a row, by kind and name. The same rows give the same bytes."""
    by_kind: dict[str, list[Row]] = {kind: [] for kind in KINDS}
    for row in found:
        by_kind[rows.kind_of(row)].append(row)
    tables = (
        "\n".join(_table(kind, row)) + "\n"
        for kind, members in by_kind.items()
        for row in sorted(members, key=lambda row: row.name)
    )
    return "\n".join(tables)


def _table(kind: str, row: Row) -> Iterator[str]:
    given = rows.values(row)
    yield f"[{kind}.{row.name}]"
    usual = rows.defaults(kind)
    rungs = given.pop("rungs", ())
    yield from _pairs({field: given[field] for field in given if field != "name"}, usual)
    for rung in rungs:
        yield f"\n[[{LADDER}.{row.name}.rungs]]"
        yield from _pairs(rung, _RUNG)


def _pairs(given: dict[str, Any], usual: dict[str, Any]) -> Iterator[str]:
    for field, value in given.items():
        if value != usual[field]:
            yield f"{field} = {toml.value(value)}"
