"""`manage.py usage`: what was used, as a table or CSV."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rest_framework.exceptions import ValidationError
from rich.markup import escape
from rich.table import Table

from lakehouse.observing import report, usage
from lakehouse.observing.asking import PARAMETERS, asked
from providers.terminal import console

_SHOWN = {
    "calls": "Calls",
    "failed": "Failed",
    "input_tokens": "Tokens in",
    "output_tokens": "Tokens out",
    "cost": "Cost, $",
    "p50_ms": "p50 ≤ ms",
    "p95_ms": "p95 ≤ ms",
    "p99_ms": "p99 ≤ ms",
}


class Command(BaseCommand):
    help = (
        "Calls, tokens, cost and latencies by day, key, provider, model or profile. Latencies "
        "are the upper ends of buckets."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", metavar="DAY", help="first day (UTC); default 29 before --to")
        parser.add_argument("--to", metavar="DAY", help="last day, counted too; default today")
        parser.add_argument("--by", metavar="NAMES", help=f"some of {','.join(usage.BY)}")
        parser.add_argument("--key", metavar="ID", help="only this key's calls; 0: without a key")
        for name in ("provider", "model", "profile"):
            parser.add_argument(f"--{name}", metavar="NAME", help=f"only this {name}'s calls")
        parser.add_argument("--csv", action="store_true", help="print CSV with every column")

    def handle(self, *args: Any, **options: Any) -> None:
        query = {name: options[name] for name in PARAMETERS if options[name] is not None}
        try:
            wanted = asked(query)
            found = usage.of_days(wanted.by, wanted.first, wanted.last, wanted.only)
        except ValidationError as error:
            told: Any = error.detail
            texts = [f"--{name}: {' '.join(said)}" for name, said in told.items()]
            raise CommandError(" ".join(texts)) from None
        except usage.TooMuch as error:
            raise CommandError(str(error)) from None
        rows, total = report.rows(found), report.measures(found.total)
        if options["csv"]:
            self.stdout.write(report.as_csv(wanted.by, rows, total), ending="")
        elif not rows:
            self.stdout.write(f"No call ended from {wanted.first} to {wanted.last} that fits.")
        else:
            console(self.stdout).print(_table(wanted.by, rows, total))


def _table(by: tuple[str, ...], rows: list[dict[str, Any]], total: dict[str, Any]) -> Table:
    table = Table(show_footer=True)
    for place, name in enumerate(by):
        table.add_column(name.capitalize(), footer="" if place else "total")
    for name, title in _SHOWN.items():
        table.add_column(title, footer=_number(total[name]), justify="right")
    for row in rows:
        names = [row["key_label"] if name == "key" else row[name] or "-" for name in by]
        table.add_row(*map(escape, names), *(_number(row[name]) for name in _SHOWN))
    return table


def _number(value: Any) -> str:
    if isinstance(value, str):  # a cost, which is exact elsewhere
        return f"{float(value):,.4f}"
    return "-" if value is None else f"{value:,}"
