"""`manage.py alerts VERB`: what was told, and whether each channel works."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.markup import escape
from rich.table import Table

from lakehouse.observing import sending
from lakehouse.observing.models import Alert
from profiles.management.cells import plain
from profiles.management.doing import refusals, user
from providers.terminal import console

_COLOURS = {"waiting": "yellow", "sent": "green", "failed": "red"}
_FIELDS = (
    *("id", "kind", "fingerprint", "channel", "subject", "state", "tries", "problem"),
    *("created", "next_at", "sent_at", "dedupe_key", "body"),
)


class Command(BaseCommand):
    help = "List alerts, and send a test alert to every channel."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
        listing = _verb(verbs, "list", "List alerts, the newest first.")
        listing.add_argument("--state", choices=Alert.State.values, help="in this state only")
        listing.add_argument("--limit", type=int, default=20, help="so many; default %(default)s")
        listing.add_argument("--json", action="store_true", help="print JSON instead of a table")
        _verb(verbs, "test", "Send a test alert to every channel, now, and say what happened.")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            if options["verb"] == "list":
                self._list(options)
            else:
                self._test()

    def _list(self, options: dict[str, Any]) -> None:
        rows = Alert.objects.all()
        if options["state"]:
            rows = rows.filter(state=options["state"])
        found = list(rows[: max(options["limit"], 0)])
        if options["json"]:
            self.stdout.write(plain([{f: getattr(row, f) for f in _FIELDS} for row in found]))
        elif found:
            console(self.stdout).print(_table(found))
        else:
            self.stdout.write("There is none. manage.py alerts test sends one to every channel.")

    def _test(self) -> None:
        failed = 0
        for alert in sending.write_test(user()):
            taken = sending.deliver(alert)
            failed += not taken
            self.stdout.write(f"{alert.channel}: {'sent' if taken else alert.problem}")
        for name in sending.not_set_up():
            self.stdout.write(f"{name}: not set up")
        if failed:
            raise CommandError(f"{failed} of the channels did not take it.")


def _verb(verbs: Any, name: str, text: str) -> ArgumentParser:
    parser: ArgumentParser = verbs.add_parser(name, help=text, description=text)
    return parser


def _table(found: list[Alert]) -> Table:
    table = Table("When (UTC)", "Channel", "State", "Tries", "Alert", "Problem")
    for row in found:
        table.add_row(
            f"{row.created:%Y-%m-%d %H:%M:%S}",
            row.channel,
            f"[{_COLOURS[row.state]}]{row.state}[/]",
            str(row.tries),
            escape(row.subject),
            escape(row.problem),
        )
    return table
