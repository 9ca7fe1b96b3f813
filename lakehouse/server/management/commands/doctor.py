"""What is in force, what is wrong, and what to do about it. Exit code 1 on problems."""

import json
import sys
from argparse import ArgumentParser
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lakehouse.server.doctor import Finding, State, examine
from providers.redact import redact

STYLES = {State.OK: "green", State.NOTE: "yellow", State.PROBLEM: "bold red"}


class Command(BaseCommand):
    help = "Show settings, files, database and secrets as they are, with what to do on problems."
    requires_system_checks = []  # it reports them itself

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = [Finding(*map(_clean, finding)) for finding in examine()]
        if options["json"]:
            self.stdout.write(json.dumps([f._asdict() for f in findings], indent=2))
        else:
            self.show(findings)
        if any(f.state is State.PROBLEM for f in findings):
            sys.exit(1)

    def show(self, findings: list[Finding]) -> None:
        console = Console(file=self.stdout, highlight=False, markup=False)  # type: ignore[arg-type]
        for area, members in groupby(findings, key=lambda f: f.area):
            table = Table(title=area, title_justify="left", title_style="bold", box=None)
            for column in ("", "what", "how it stands", "what to do"):
                table.add_column(column, header_style="dim", overflow="fold")
            for f in members:
                state = Text(f.state, style=STYLES[f.state])
                table.add_row(state, f.name, f.detail, f.remedy)
            console.print(table, end="\n\n")
        problems = sum(f.state is State.PROBLEM for f in findings)
        console.print(f"Problems: {problems}." if problems else "No problems.")


def _clean(value: Any) -> Any:
    return value if isinstance(value, State) else redact(value)
