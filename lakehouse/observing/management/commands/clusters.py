"""`manage.py clusters VERB`: what fails, and saying that somebody knows or that it is over."""

import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.markup import escape
from rich.table import Table

from lakehouse.observing import states
from lakehouse.observing.models import Cluster
from profiles.management.cells import plain
from profiles.management.doing import refusals, user
from providers.suggest import shown
from providers.terminal import console

_PRINT = re.compile(r"[0-9a-z:]{4,40}")
_COLOURS = {"open": "red", "acknowledged": "yellow", "resolved": "green"}
_FIELDS = (
    *("fingerprint", "provider", "model", "error_kind", "message", "revision", "count"),
    *("first_seen", "last_seen", "samples", "alerts", "state", "state_by", "state_at", "note"),
)
_WHEN = "%Y-%m-%d %H:%M:%S"
_VERBS = {
    "acknowledge": (states.acknowledge, "Say that somebody is at it: it alerts nobody."),
    "resolve": (states.resolve, "Say that it is over; a new failure reopens it."),
    "reopen": (states.reopen, "Take either back."),
}


class Command(BaseCommand):
    help = (
        "List and show clusters of failed calls; acknowledge, resolve and reopen them. "
        "FINGERPRINT may be cut to its first characters."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
        listing = _verb(verbs, "list", "List clusters, the open ones first.")
        listing.add_argument("--state", choices=Cluster.State.values, help="in this state only")
        listing.add_argument("--limit", type=int, default=20, help="so many; default %(default)s")
        one = _verb(verbs, "show", "Show a cluster and its newest calls.")
        for each in (listing, one):
            each.add_argument("--json", action="store_true", help="print JSON instead of tables")
        one.add_argument("fingerprint", metavar="FINGERPRINT")
        for name, (_, text) in _VERBS.items():
            acting = _verb(verbs, name, text)
            acting.add_argument("fingerprint", metavar="FINGERPRINT")
            acting.add_argument("--note", default="", help="what it is, who is at it")

    def handle(self, *args: Any, **options: Any) -> None:
        match options["verb"]:
            case "list":
                self._list(options)
            case "show":
                self._show(find(options["fingerprint"]), options["json"])
            case verb:
                self._act(verb, options)

    def _list(self, options: dict[str, Any]) -> None:
        rows = Cluster.objects.open_first()
        if options["state"]:
            rows = rows.filter(state=options["state"])
        found = list(rows[: max(options["limit"], 0)])
        if options["json"]:
            self.stdout.write(plain([_plain(row) for row in found]))
        elif found:
            console(self.stdout).print(_table(found))
        else:
            self.stdout.write("There is none: nothing failed, or it was resolved and forgotten.")

    def _show(self, row: Cluster, as_json: bool) -> None:
        if as_json:
            self.stdout.write(plain(_plain(row)))
            return
        lines = [
            f"{row.who}: {row.error_kind}",
            row.message,
            f"{row.count} calls, the first at {row.first_seen:{_WHEN}} UTC, the last at "
            f"{row.last_seen:{_WHEN}} UTC.",
            f"It is {states.since(row)}.",
            *([f"Note: {row.note}"] if row.note else []),
            *([f"Profile: {row.revision}"] if row.revision else []),
            "The newest calls:",
            *(f"  {call}" for call in row.samples),
        ]
        screen = console(self.stdout)
        for line in lines:
            screen.print(line, markup=False)

    def _act(self, verb: str, options: dict[str, Any]) -> None:
        act, _ = _VERBS[verb]
        with refusals():
            try:
                moved = act(find(options["fingerprint"]), who=user(), note=options["note"])
            except states.NotPossible as error:
                raise CommandError(str(error)) from None
        self.stdout.write(f"The cluster {moved.pk} is {moved.state}.")


def find(said: str) -> Cluster:
    """By its fingerprint or the first characters of it. Raises CommandError."""
    word = said.lower()
    if not _PRINT.fullmatch(word):
        raise CommandError(
            f'"{shown(said)}" is no fingerprint. Write 4 or more of its first characters; '
            "manage.py clusters list shows them."
        )
    match list(Cluster.objects.filter(pk__startswith=word)[:2]):
        case [only]:
            return only
        case []:
            raise CommandError(f"There is no cluster {word}. See manage.py clusters list.")
    raise CommandError(f"More than one fingerprint begins with {word}. Write more of it.")


def _verb(verbs: Any, name: str, text: str) -> ArgumentParser:
    parser: ArgumentParser = verbs.add_parser(name, help=text, description=text)
    return parser


def _plain(row: Cluster) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _FIELDS}


def _table(found: list[Cluster]) -> Table:
    table = Table("Fingerprint", "State", "Where", "Kind", "Calls", "Last (UTC)", "What")
    for row in found:
        table.add_row(
            row.pk,
            f"[{_COLOURS[row.state]}]{row.state}[/]",
            escape(row.who),
            escape(row.error_kind),
            str(row.count),
            f"{row.last_seen:{_WHEN}}",
            escape(row.message[:60]),
        )
    return table
