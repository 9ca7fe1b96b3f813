"""`profiles list [KIND]`: what there is, and what traffic gets of it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from rich.markup import escape
from rich.table import Table

from profiles.documents import rows
from profiles.documents.rows import KINDS, LADDER, Row
from profiles.ladder.model import Ladder
from profiles.management.cells import plain
from profiles.management.doing import refusals
from providers.terminal import console

HELP = "List profiles and ladders with what traffic gets of each."


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("kind", nargs="?", metavar="KIND", help="these only")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(command: BaseCommand, options: dict[str, Any]) -> None:
    with refusals():
        kinds = KINDS if options["kind"] is None else (options["kind"],)
        found = [summary(row) for kind in kinds for row in rows.all_of(kind)]
    if options["json"]:
        command.stdout.write(plain(found))
    elif not found:
        command.stdout.write("There is none yet. Make one: manage.py profiles create KIND NAME")
    else:
        console(command.stdout).print(_table(found))


def summary(row: Row) -> dict[str, Any]:
    common: dict[str, Any] = {
        "kind": rows.kind_of(row),
        "name": row.name,
        "standing": standing(row),
    }
    if not isinstance(row, Ladder):
        common |= {
            "live": row.live,
            "revision": row.revision,
            "activated_revision": row.activated_revision,
        }
    return common | {"owner": row.owner, "description": row.description}


def standing(row: Row) -> str:
    if not isinstance(row, Ladder):
        return row.standing
    count = len(row.rungs.all())
    return f"in force, {count} rung{'' if count == 1 else 's'}"


def _table(found: list[dict[str, Any]]) -> Table:
    table = Table("Kind", "Name", "Standing", "Revision", "Owner", "Description")
    for one in found:
        colour = "green" if one.get("live") or one["kind"] == LADDER else "default"
        first_line = one["description"].partition("\n")[0]
        table.add_row(
            one["kind"],
            one["name"],
            f"[{colour}]{one['standing']}[/]",
            str(one.get("revision", "")),
            escape(one["owner"]),
            escape(first_line[:80]),
        )
    return table
