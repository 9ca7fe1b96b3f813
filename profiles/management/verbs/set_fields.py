"""`profiles set KIND NAME field=value …`: changes a draft, or a ladder."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from profiles.activation.locking import in_transaction
from profiles.base import Profile
from profiles.documents import rows
from profiles.management import cells, words
from profiles.management.doing import changing
from profiles.revisions import Change
from providers.terminal import console

HELP = "Change fields. A profile's change is a draft until activate_profile."


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("kind", metavar="KIND")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("words", nargs="+", metavar="FIELD=VALUE", help=words.HELP + words.RUNGS)
    parser.add_argument(
        "--if-revision",
        type=int,
        metavar="N",
        help="change nothing unless the profile is at revision N",
    )


def run(command: BaseCommand, options: dict[str, Any]) -> None:
    kind, expected = options["kind"], options["if_revision"]
    if expected is not None and kind == rows.LADDER:
        raise CommandError("A ladder has no revisions: leave --if-revision out.")
    with changing():
        given = words.values(kind, options["words"])
        row, found = in_transaction(lambda: _written(kind, options["name"], given, expected))
    title = f"{rows.title(kind)} {row.name}"
    if not found:
        command.stdout.write(f"Nothing to change: the {title} says that already.")
        return
    console(command.stdout).print(cells.changes(found))
    command.stdout.write(said(row, title))


def _written(
    kind: str, name: str, given: dict[str, Any], expected: int | None
) -> tuple[rows.Row, list[Change]]:
    row = rows.find(kind, name)  # anew in each try: one that was filled no longer differs
    return row, rows.write(row, given, expected)


def said(row: rows.Row, title: str) -> str:
    """Where a saved row stands now, and what to run to let calls get it."""
    if not isinstance(row, Profile):
        return f"The {title} is in force at once."
    gets = "No call gets it"
    if row.activated_revision is not None:
        gets = f"Calls get revision {row.activated_revision}"
    return (
        f"The {title} is at revision {row.revision}, a draft. {gets} until you run:\n"
        f"manage.py activate_profile {row.kind} {row.name}"
    )
