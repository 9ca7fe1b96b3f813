"""Values and changes as a terminal shows them."""

import json
from collections.abc import Iterable
from typing import Any

from rich.markup import escape
from rich.table import Table

from profiles.revisions import Change

LONGEST = 1000


def cell(value: Any) -> str:
    """One value in a table; a text cannot steer the terminal, and a long one is cut."""
    if value is None:
        return "[dim]-[/]"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "\n".join(cell(given(rung)) for rung in value)
    if not isinstance(value, str):
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return escape(json.dumps(value, ensure_ascii=False))
    if not value:
        return '[dim]""[/]'
    shown = "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in value)
    cut = f"… ({len(value)} characters)" if len(shown) > LONGEST else ""
    return escape(shown[:LONGEST]) + cut


def given(rung: dict[str, Any]) -> dict[str, Any]:
    """What a rung says, its empty fields left out."""
    return {name: value for name, value in rung.items() if value not in ("", [], {})}


def changes(found: Iterable[Change], before: str = "Before", after: str = "After") -> Table:
    table = Table("Field", before, after)
    for change in found:
        table.add_row(change.field, cell(change.before), cell(change.after))
    return table


def plain(value: Any) -> str:
    """JSON for machines."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
