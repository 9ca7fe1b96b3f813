"""`check_providers`: can each provider be used? Only free calls are made."""

import json
from argparse import ArgumentParser
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from providers import checking, listings
from providers.check_result import CheckResult, Result, StepName
from providers.endpoint import Endpoint
from providers.models import Provider
from providers.suggest import suggestion
from providers.terminal import console

_MARKS = {Result.OK: "[green]ok[/]", Result.FAILED: "[red]failed[/]", Result.SKIPPED: "[dim]-[/]"}


class Command(BaseCommand):
    help = (
        "Check providers without a paid call: is the secret there, does the server answer, does "
        "it take the key, does it list the default model? The model lists are kept. Exits 1 when "
        "a provider failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "names", nargs="*", metavar="NAME", help="these, enabled or not (default: all enabled)"
        )
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        endpoints = [provider.endpoint() for provider in _chosen(options["names"])]
        if options["json"]:
            results = checking.check_all(endpoints)
            self.stdout.write(json.dumps([_plain(result) for result in results], indent=2))
        else:
            results = self._shown(endpoints)
        for result in results:
            listings.save(result)
        failed = [result.provider for result in results if not result.ok]
        if failed:
            raise CommandError(f"{len(failed)} of {len(results)} failed: {', '.join(failed)}")
        if not options["json"]:
            self.stdout.write(f"{len(results)} checked, none failed.")

    def _shown(self, endpoints: list[Endpoint]) -> list[CheckResult]:
        names = [endpoint.name for endpoint in endpoints]
        done: dict[str, CheckResult] = {}
        screen = console(self.stdout)
        with Live(_table(names, done), console=screen) as live:

            def told(result: CheckResult) -> None:
                done[result.provider] = result
                live.update(_table(names, done))

            results = checking.check_all(endpoints, told)
        if not screen.is_terminal:
            screen.line()  # rich ends the table's last line at a terminal only
        return results


def _chosen(names: list[str]) -> list[Provider]:
    if not names:
        return list(Provider.objects.live())
    stored = {provider.name: provider for provider in Provider.objects.with_listing()}
    for name in names:
        if name not in stored:
            raise CommandError(f"There is no provider {name}. {suggestion(name, stored)}")
    return [stored[name] for name in dict.fromkeys(names)]


def _table(names: list[str], done: dict[str, CheckResult]) -> Table:
    table = Table("Provider", *(name.value.capitalize() for name in StepName), "ms", "Remark")
    for name in names:
        if (result := done.get(name)) is None:
            table.add_row(name, *(["…"] * len(StepName)), "", "")
            continue
        steps = {step.name: step for step in result.steps}
        marks = [
            _MARKS[steps[n].result] if n in steps else _MARKS[Result.SKIPPED] for n in StepName
        ]
        took = sum(step.milliseconds for step in result.steps)
        remark = result.error or (f"{len(result.models)} models" if result.models else "")
        table.add_row(name, *marks, str(took), escape(remark))
    return table


def _plain(result: CheckResult) -> dict[str, Any]:
    return {
        "provider": result.provider,
        "ok": result.ok,
        "steps": msgspec.to_builtins(result.steps),
        "models": None if result.models is None else len(result.models),
    }
