"""`import_profiles FILE…`: `ModelProfile` documents of the older system as execution profiles."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.markup import escape
from rich.table import Table

from profiles.documents import older
from profiles.documents.applying import Outcome, apply
from profiles.documents.entry import DocumentError
from profiles.documents.older import Older
from profiles.management import outcomes
from profiles.management.doing import changing
from providers.models import Provider
from providers.terminal import console


class Command(BaseCommand):
    help = (
        "Import ModelProfile documents of the older system (JSON or TOML: one, a list, or a table "
        "by name) as execution profiles, all or none. Fields that profiles do not have are shown "
        "and left out. What `profiles export` wrote is read by `profiles import`."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--check",
            action="store_true",
            help="change nothing; exit 1 when there is any difference",
        )
        parser.add_argument(
            "--provider",
            action="append",
            default=[],
            metavar="OLD=NEW",
            help="a provider to take in the place of one that is not here; OLD= leaves it open",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        providers = _mapping(options["provider"])
        with changing():
            known = list(Provider.objects.order_by("name").values_list("name", flat=True))
            found = older.load(options["files"], providers, known)
            done = _apply(found, keep=not options["check"])
        self._note(found)
        outcomes.show(self, done, checked=options["check"])

    def _note(self, found: Older) -> None:
        for said, name in found.named.items():
            self.stdout.write(f'"{said}" is imported as {name}: a name is lower-case.')
        if found.left_out:
            table = Table("Profile", "Left out: a profile has no such field")
            for name, fields in found.left_out.items():
                table.add_row(name, escape(", ".join(fields)))
            console(self.stdout).print(table)


def _apply(found: Older, *, keep: bool) -> list[Outcome]:
    """Raises DocumentError with every fault, those of reading included."""
    try:
        done = apply(found.entries, keep=keep and not found.problems)
    except DocumentError as error:
        raise DocumentError(found.problems + error.problems) from None
    if found.problems:
        raise DocumentError(found.problems)
    return done


def _mapping(words: list[str]) -> dict[str, str]:
    found = dict(word.partition("=")[::2] for word in words)
    if bad := [word for word in words if "=" not in word]:
        raise CommandError(f"--provider takes OLD=NEW, not {bad[0]}.")
    return found
