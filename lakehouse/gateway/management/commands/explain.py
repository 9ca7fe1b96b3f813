"""`manage.py explain "…"`: what a request would do now; nobody is asked."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError
from rich.table import Table

from lakehouse.errors import ApiError
from lakehouse.gateway import live
from lakehouse.gateway.dialect.request import decode_chat
from lakehouse.gateway.explain import explained
from lakehouse.gateway.management.commands.chat import NAMED, OPERATOR, add_names
from lakehouse.gateway.services import new_breakers
from providers.terminal import console


class Command(BaseCommand):
    help = (
        "Show what a chat request would do now: profile, tries, parameters, keys. No call is made."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", nargs="?", default="hello", help="what would be said")
        add_names(parser)
        parser.add_argument("--body", help="a file with a whole request body; - for standard input")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            raw = _raw(options)
            found = explained(live.reload(), OPERATOR, decode_chat(raw), raw, new_breakers())
        except ApiError as error:
            raise CommandError(f"{error.message} ({error.status} {error.code})") from error
        except OSError as error:
            raise CommandError(f"The request body cannot be read: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=2))
        else:
            self._show(found)

    def _show(self, found: dict[str, Any]) -> None:
        profile = found["profile"] or "none"
        ladder = f", then the ladder {found['ladder']}" if found["ladder"] else ""
        self.stdout.write(f"Profile: {profile}{ladder}. Breakers are each server process's own.")
        for rule in found["rules"]["fire"]:
            self.stdout.write(f"Truth rule {rule['rule']}: {rule['action']}.")
        table = Table("Try", "Provider", "Model", "Key", "Sent", "Dropped", "Would it be made?")
        for number, entry in enumerate(found["tries"], start=1):
            table.add_row(
                str(number),
                entry["provider"],
                entry["model"],
                "present" if entry["key"] and entry["key"]["present"] else "missing",
                "\n".join(f"{k} = {v}" for k, v in entry.get("parameters", {}).items()),
                ", ".join(entry.get("dropped", [])),
                _verdict(entry),
            )
        console(self.stdout).print(table)


def _verdict(entry: dict[str, Any]) -> str:
    if entry["skipped"]:
        return f"no: {entry['skipped']['detail']}"
    if entry.get("refused"):
        return f"no: {entry['refused']['message']}"
    return "yes"


def _raw(options: dict[str, Any]) -> bytes:
    if options["body"] == "-":
        return sys.stdin.buffer.read()
    if options["body"]:
        return Path(options["body"]).read_bytes()
    body: dict[str, Any] = {"messages": [{"role": "user", "content": options["text"]}]}
    body |= {name: options[name] for name in NAMED if options[name]}
    return msgspec.json.encode(body)
