"""`manage.py retrieve "…"`: what a call would be given, with each stage's ranks."""

from argparse import ArgumentParser
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError
from rich.markup import escape
from rich.table import Table

from profiles.looking import Asked, Looked, Refused, look
from profiles.management.cells import cell, plain
from profiles.retrieval.passages import Passage, Stage, Traced
from providers.endpoint import LABELS
from providers.terminal import console

SHOWN = 300  # characters of a passage
_STAGES: tuple[Stage, ...] = ("lexical", "vector", "fused", "reranked", "final")


class Command(BaseCommand):
    help = (
        "Show which passages a call would be given for a query, how each candidate ranked at each "
        "stage, and why the others were dropped. No call is made."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("query", help="what would be asked")
        parser.add_argument("--profile", default="", help="a retrieval profile; else the live one")
        parser.add_argument("--memory", default="", help="a memory profile; else the live one")
        parser.add_argument(
            "--provider", default="", help="whom the passages would go to: its clearance limits"
        )
        parser.add_argument(
            "--clearance",
            choices=LABELS,
            default=LABELS[-1],
            help="as a key of this clearance would see it; default %(default)s",
        )
        parser.add_argument("--top", type=_top, help="in place of the profile's rerank_top_k")
        parser.add_argument("--json", action="store_true", help="print JSON instead of tables")

    def handle(self, *args: Any, **options: Any) -> None:
        # Whoever can run this command can read the database: no key stands between.
        asked = Asked(
            text=options["query"],
            clearance=options["clearance"],
            allowed=lambda _name: True,
            profile=options["profile"],
            memory=options["memory"],
            provider=options["provider"],
            top=options["top"],
        )
        try:
            looked = look(asked)
        except Refused as error:
            raise CommandError(f"{error.field}: {error}") from None
        if options["json"]:
            self.stdout.write(plain(msgspec.to_builtins(looked)))
        else:
            self._print(looked)

    def _print(self, looked: Looked) -> None:
        screen = console(self.stdout)
        found = looked.found
        by = f"by {looked.profile}" if looked.profile else "by the defaults"
        screen.print(f"{found.mode}, {by}, up to {looked.limit}", markup=False)
        for text in found.notes:
            screen.print(text, markup=False)
        if not found.trace:
            screen.print("Nothing was found.")
            return
        screen.print(_passages(found.passages))
        screen.print(_trace(found.trace))


def _top(said: str) -> int:
    """Raises ValueError, which the parser tells."""
    number = int(said)
    if not 1 <= number <= 1000:
        raise ValueError(said)
    return number


def _passages(passages: tuple[Passage, ...]) -> Table:
    table = Table("", "Score", "Document", "Label", "Date", "Passage", title="Passages")
    for place, passage in enumerate(passages, start=1):
        cut = "…" if len(passage.text) > SHOWN else ""
        dated = f"{passage.dated or '-'}{' stale' if passage.stale else ''}"
        table.add_row(
            str(place),
            f"{passage.score:.3f}",
            f"{cell(passage.title)} #{passage.chunk}",
            passage.label or "none",
            dated,
            cell(passage.text[:SHOWN]) + cut,
        )
    return table


def _trace(trace: tuple[Traced, ...]) -> Table:
    """A cell is the rank at a stage and the score there."""
    table = Table("Document", *(stage.capitalize() for stage in _STAGES), "Dropped", title="Trace")
    for row in trace:
        cells = [
            f"{row.ranks[stage]} [dim]{row.scores[stage]:.3f}[/]" if stage in row.ranks else ""
            for stage in _STAGES
        ]
        table.add_row(f"{cell(row.title)} #{row.chunk}", *cells, escape(row.dropped))
    return table
