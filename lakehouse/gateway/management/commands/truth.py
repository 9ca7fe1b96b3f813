"""`manage.py truth VERB`: the rules in their files, checked, listed and tried."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.table import Table

from lakehouse.errors import ApiError
from lakehouse.gateway import rules_live
from lakehouse.gateway.ruled_trying import Impossible, tried
from lakehouse.truth.problems import RulesError
from lakehouse.truth.rule import Ruleset
from providers.terminal import console


class Command(BaseCommand):
    help = "Check, list and try the truth rules. No call is made."
    requires_system_checks = []  # it reports their files' faults itself

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
        _verb(verbs, "check", "Say everything that is wrong with the files; exit 1 if anything is.")
        listing = _verb(verbs, "list", "List the rules, in the order in which they are asked.")
        explain = _verb(verbs, "explain", "Show which rules fire on a request, and what comes out.")
        explain.add_argument("text", nargs="?", default="", help="what would be said")
        explain.add_argument(
            "--body", help="a file with a whole request body; - for standard input"
        )
        explain.add_argument("--answer", help="what would be answered")
        explain.add_argument("--task-class", default="", help="in place of the request's own")
        explain.add_argument(
            "--call", nargs="*", default=[], metavar="NAME=VALUE", help="as clearance=restricted"
        )
        for each in (listing, explain):
            each.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rules = rules_live.read()
        except RulesError as error:
            count = len(error.problems)
            raise CommandError(f"{error}\n{count} problem{'s' if count > 1 else ''}.") from None
        match options["verb"]:
            case "check":
                self.stdout.write(f"{len(rules.rules)} rules in {rules_live.folder()}: all good.")
            case "list":
                self._list(rules, options["json"])
            case _:
                self._explain(rules, options)

    def _list(self, rules: Ruleset, as_json: bool) -> None:
        names = ("id", "task_class", "stage", "action_name", "file", "line", "description")
        rows = [{name: getattr(rule, name) for name in names} for rule in rules.rules]
        if as_json:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        table = Table("Rule", "Task class", "Stage", "Action", "Where", "What for")
        for row in rows:
            where = f"{row['file']}:{row['line']}"
            shown = (row[name] for name in names[:4])
            table.add_row(*shown, where, row["description"])
        console(self.stdout).print(table)

    def _explain(self, rules: Ruleset, options: dict[str, Any]) -> None:
        try:
            request = _request(options)
            call = _call(options["call"])
            found = tried(rules, request, options["answer"], call, options["task_class"])
        except Impossible as error:
            raise CommandError(f"{error.field}: {error}") from None
        except ApiError as error:
            raise CommandError(f"request: {error.message}") from None
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=2, ensure_ascii=False))
            return
        for rule in found["fired"]:
            where = f"{rule['file']}:{rule['line']}"
            self.stdout.write(f"{rule['stage']}: {rule['rule']} ({rule['action']}, {where})")
        if not found["fired"]:
            self.stdout.write("No rule fires.")
        if found["ended"]:
            ended = found["ended"]
            self.stdout.write(f"The call ends by {ended['rule']}: {ended['message']}")
            return
        self.stdout.write("What is sent: " + json.dumps(found["request"], ensure_ascii=False))
        if found["answer"]:
            message = found["answer"]["choices"][0]["message"]
            self.stdout.write("What is answered: " + json.dumps(message, ensure_ascii=False))


def _verb(verbs: Any, name: str, text: str) -> ArgumentParser:
    parser: ArgumentParser = verbs.add_parser(name, help=text, description=text)
    return parser


def _request(options: dict[str, Any]) -> Any:
    if options["body"] is None:
        text = sys.stdin.read() if options["text"] == "-" else options["text"]
        return {"messages": [{"role": "user", "content": text}]}
    try:
        there = options["body"]
        raw = sys.stdin.buffer.read() if there == "-" else Path(there).read_bytes()
        return json.loads(raw)
    except (OSError, ValueError, RecursionError) as error:
        raise CommandError(f"The request body cannot be read: {error}") from None


def _call(words: list[str]) -> dict[str, Any]:
    """A number or true and false as such, everything else as a text."""
    found: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise CommandError(f"{word!r} is not NAME=VALUE, as clearance=restricted.")
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return found
