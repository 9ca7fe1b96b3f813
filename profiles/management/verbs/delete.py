"""`profiles delete KIND NAME`: unless calls or other rows need it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from profiles.activation.locking import in_transaction
from profiles.base import Profile
from profiles.documents import rows
from profiles.management.doing import changing

HELP = "Delete a profile or ladder. One that is live, or that others name, is refused."


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("kind", metavar="KIND")
    parser.add_argument("name", metavar="NAME")


def run(command: BaseCommand, options: dict[str, Any]) -> None:
    with changing():
        row = rows.find(options["kind"], options["name"])
        in_transaction(lambda: rows.delete(row))
    kept = " Its revisions are kept." if isinstance(row, Profile) else ""
    command.stdout.write(f"The {rows.title(options['kind'])} {row.name} is deleted.{kept}")
