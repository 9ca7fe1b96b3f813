"""`profiles import FILE…`: shows the difference to TOML documents, and applies them whole."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from profiles.documents import reading
from profiles.documents.applying import apply
from profiles.management import outcomes
from profiles.management.doing import changing

HELP = (
    "Make profiles and ladders say what TOML files say, all or none. A file says a whole profile: "
    "a field it leaves out gets its default. Profiles become drafts, ladders are in force at once."
)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="or a folder of *.toml")
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 when there is any difference"
    )
    parser.add_argument(
        "--prune",
        action="store_true",
        help="delete what the files leave out, of the kinds that they have",
    )


def run(command: BaseCommand, options: dict[str, Any]) -> None:
    check = options["check"]
    with changing():
        entries = reading.load(options["files"])
        found = apply(entries, prune=options["prune"], keep=not check)
    outcomes.show(command, found, checked=check)
