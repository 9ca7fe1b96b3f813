"""`profiles create KIND NAME [field=value …]`: a new draft, or a new ladder."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from profiles.activation.locking import in_transaction
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
        _refuse_stored(kind, options["name"])
        given = words.values(kind, options["words"])
        row = in_transaction(lambda: _made(kind, options["name"], given))
    command.stdout.write(said(row, f"{rows.title(kind)} {row.name}"))


def _made(kind: str, name: str, given: dict[str, Any]) -> rows.Row:
    row = rows.new(kind, name)
    rows.write(row, given)
    return row


def _refuse_stored(kind: str, name: str) -> None:
    try:
        rows.find(kind, name)
    except rows.NotThere:
        return  # of an unknown kind too, which is said next
    raise CommandError(
        f"The {rows.title(kind)} {name} is there already. Change it: manage.py profiles set "
        f"{kind} {name} FIELD=VALUE"
    )
