"""`profiles diff KIND NAME [FROM] [TO]`: two states of a profile, field by field."""

from argparse import ArgumentParser
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError

from profiles.base import Profile
from profiles.documents import rows
from profiles.management import cells
from profiles.management.doing import refusals
from profiles.revisions import diff
from providers.suggest import shown
from providers.terminal import console

HELP = "Compare two states of a profile: a revision's number, live, or draft."
LIVE, DRAFT = "live", "draft"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("kind", metavar="KIND")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("before", nargs="?", metavar="FROM", default=LIVE, help="default: live")
    parser.add_argument("after", nargs="?", metavar="TO", default=DRAFT, help="default: draft")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(command: BaseCommand, options: dict[str, Any]) -> None:
    with refusals():
        row = rows.find(options["kind"], options["name"])
        if not isinstance(row, Profile):
            raise CommandError("A ladder has no revisions to compare.")
        before, after = (_state(row, options[end]) for end in ("before", "after"))
    found = diff(before[1], after[1])
    if options["json"]:
        command.stdout.write(cells.plain(msgspec.to_builtins(found)))
    elif found:
        console(command.stdout).print(cells.changes(found, before[0], after[0]))
    else:
        command.stdout.write(f"{before[0]} and {after[0]} of {row.name} say the same.")


def _state(row: Profile, said: str) -> tuple[str, dict[str, Any]]:
    """How a column of the table is headed, and the values. Raises Revision.DoesNotExist."""
    if said == DRAFT:
        return f"Draft ({row.revision})", row.values
    if said == LIVE:
        if row.activated_revision is None:
            raise CommandError(
                f"{row.name} was never activated, so nothing of it is live. Name a revision: "
                f"manage.py profiles diff {row.kind} {row.name} 1"
            )
        return f"Live ({row.activated_revision})", row.at(row.activated_revision).values
    if not said.isascii() or not said.isdigit() or len(said) > 9:
        raise CommandError(
            f'"{shown(said)}" is no state of a profile. Write a revision\'s number, live or draft.'
        )
    return f"Revision {int(said)}", row.at(int(said)).values
