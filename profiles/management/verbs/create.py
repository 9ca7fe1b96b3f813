"""`profiles create KIND NAME [field=value …]`: a new draft, or a new ladder."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from profiles.documents import rows
from profiles.management import words
from profiles.management.doing import changing
from profiles.management.verbs.set_fields import said

HELP = "Make a profile or ladder. Every field has a default: a name is enough."


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("kind", metavar="KIND")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("words", nargs="*", metavar="FIELD=VALUE", help=words.HELP + words.RUNGS)


def run(command: BaseCommand, options: dict[str, Any]) -> None:
    kind = options["kind"]
    with changing():
        row = rows.new(kind, options["name"])
        rows.write(row, words.values(kind, options["words"]))
    command.stdout.write(said(row, f"{rows.title(kind)} {row.name}"))
