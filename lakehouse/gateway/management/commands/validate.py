"""`manage.py validate FILE --validator …`: what the validators say of a text; nobody is asked."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from rich.markup import escape
from rich.table import Table

from lakehouse.validation import registry
from lakehouse.validation.report import Report, report
from lakehouse.validation.subject import Subject
from profiles.execution.validators import VALIDATORS, Named, check, known, named
from providers.terminal import console


class Command(BaseCommand):
    help = "Validate a text as an answer would be. Exits with 1 where it is not valid."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", help="the text; - reads it from standard input")
        parser.add_argument(
            "--validator",
            action="append",
            default=[],
            metavar="NAME|JSON",
            help='a name, or an object like \'{"max_length": {"words": 500}}\'; can be repeated',
        )
        parser.add_argument("--schema", metavar="FILE", help="a JSON Schema that it must fit")
        parser.add_argument(
            "--citation", action="append", metavar="ID", help="a passage it was given, like p1"
        )
        parser.add_argument("--list", action="store_true", help="show the validators there are")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self._list()
            return
        if options["file"] is None:
            raise CommandError("Name a file, or - for standard input; --list shows validators.")
        try:
            validators = registry.built(_named(options))
            subject = Subject(_text(options["file"]), citations=_citations(options))
        except (OSError, ValueError) as error:
            raise CommandError(f"It cannot be read: {error}") from error
        found = report(validators, subject)
        self._show(found, as_json=options["json"])
        if not found.valid:
            raise CommandError(f"It is not valid: {len(found.errors)} found.", returncode=1)

    def _list(self) -> None:
        table = Table("Validator", "What it says", "From")
        for name in known():
            says, source = VALIDATORS.get(name, ""), "ours" if name in VALIDATORS else "a package"
            table.add_row(name, escape(says), source)
        console(self.stdout).print(table)
        for fault in registry.faults():
            self.stderr.write(fault)

    def _show(self, found: Report, *, as_json: bool) -> None:
        if as_json:
            told = {"valid": found.valid, "validators": found.names, "errors": found.shown()}
            self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))
            return
        if found.valid:
            self.stdout.write(f"It is valid: {', '.join(found.names)}.")
            return
        table = Table("Validator", "Kind", "Path", "What is wrong")
        for error in found.shown():
            table.add_row(
                *(escape(error[column]) for column in ("validator", "kind", "path", "message"))
            )
        console(self.stdout).print(table)


def _named(options: dict[str, Any]) -> tuple[Named, ...]:
    """Raises CommandError, OSError and ValueError."""
    words = options["validator"]
    listed = [json.loads(word) if word.lstrip().startswith("{") else word for word in words]
    if options["schema"]:
        schema = json.loads(Path(options["schema"]).read_text())
        listed.append({"json_schema": {"schema": schema}})
    if not listed:
        raise CommandError(f"Name a --validator or a --schema. There are: {', '.join(known())}.")
    try:
        check(listed)
        return named(listed)
    except ValidationError as error:
        raise CommandError(error.messages[0]) from None


def _text(file: str) -> str:
    return sys.stdin.read() if file == "-" else Path(file).read_text()


def _citations(options: dict[str, Any]) -> frozenset[str] | None:
    given = options["citation"]
    return None if given is None else frozenset(given)
