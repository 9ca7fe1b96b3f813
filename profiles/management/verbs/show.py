"""`profiles show KIND NAME`: every value, what is not live yet, and the revisions."""

from argparse import ArgumentParser
from typing import Any

import msgspec
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from profiles.base import Profile
from profiles.documents import rows
from profiles.management import cells
from profiles.management.doing import refusals
from profiles.management.verbs.listing import standing, summary
from profiles.revisions import Revision
from providers.terminal import console

HELP = "Show a profile's or ladder's values, standing, changes that are not live, and revisions."
SHOWN = 20


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("kind", metavar="KIND")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")


def run(command: BaseCommand, options: dict[str, Any]) -> None:
    with refusals():
        row = rows.find(options["kind"], options["name"])
    if options["json"]:
        command.stdout.write(cells.plain(_plain(row)))
        return
    screen = console(command.stdout)
    screen.print(f"{rows.title(options['kind'])} [bold]{row.name}[/]: {standing(row)}")
    screen.print(_values(options["kind"], rows.values(row)))
    if isinstance(row, Profile):
        _print_history(screen, row)


def _plain(row: rows.Row) -> dict[str, Any]:
    found = summary(row) | {"values": rows.values(row)}
    if isinstance(row, Profile):
        found["changes_not_live"] = msgspec.to_builtins(row.changes_not_live)
        found["revisions"] = msgspec.to_builtins(row.history)
    return found


def _values(kind: str, values: dict[str, Any]) -> Table:
    usual = rows.defaults(kind)
    table = Table("Field", "Value", "")
    for field, value in values.items():
        if field == "rungs":
            for number, rung in enumerate(value, start=1):
                table.add_row(f"rung {number}", cells.cell(cells.given(rung)), "")
        elif field != "name":
            note = "[dim]default[/]" if value == usual[field] else ""
            table.add_row(field, cells.cell(value), note)
    return table


def _print_history(screen: Console, row: Profile) -> None:
    if row.activated_revision is not None and (changed := row.changes_not_live):
        screen.print("\nNot live yet:")
        screen.print(cells.changes(changed, f"Revision {row.activated_revision}", "Draft"))
    screen.print("\nRevisions:")
    history = row.history
    screen.print(_revisions(row, history[:SHOWN]))
    if len(history) > SHOWN:
        screen.print(f"… and {len(history) - SHOWN} older ones (--json has them all).")


def _revisions(row: Profile, history: list[Revision]) -> Table:
    table = Table("", "What", "When (UTC)", "Who", "Through", "")
    for revision in history:
        traffic = "live" if row.live else "activated"
        table.add_row(
            str(revision.number),
            revision.event,
            revision.at.strftime("%Y-%m-%d %H:%M:%S"),
            escape(revision.who),
            revision.via,
            f"[green]{traffic}[/]" if revision.number == row.activated_revision else "",
        )
    return table
