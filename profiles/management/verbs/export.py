"""`profiles export`: profiles and ladders as TOML, for git."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from profiles.documents import rows
from profiles.documents.rows import KINDS
from profiles.documents.writing import document
from profiles.management.doing import refusals
from providers import whole_file

HELP = (
    "Write drafts and ladders as TOML: what differs from the defaults, in an order that never "
    "changes, so that the same rows give the same bytes."
)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("kind", nargs="?", metavar="KIND", help="these only")
    parser.add_argument("names", nargs="*", metavar="NAME", help="of that kind, these only")
    parser.add_argument(
        "--out",
        metavar="FILE_OR_FOLDER",
        help="write there instead of printing; a folder (or a name that ends in /) gets a file a "
        "kind",
    )


def run(command: BaseCommand, options: dict[str, Any]) -> None:
    with refusals():
        found = _chosen(options["kind"], options["names"])
    out = options["out"]
    if out is None:
        command.stdout.write(document(row for kind in found.values() for row in kind), ending="")
        return
    if out.endswith("/") or Path(out).is_dir():
        texts = {Path(out) / f"{kind}.toml": document(members) for kind, members in found.items()}
        # No file for what there is none of, unless an older export is there.
        texts = {path: text for path, text in texts.items() if text or path.exists()}
    else:
        texts = {Path(out): document(row for kind in found.values() for row in kind)}
    for path, text in texts.items():
        command.stdout.write(f"{path}: {_written(path, text)}")


def _chosen(kind: str | None, names: list[str]) -> dict[str, list[rows.Row]]:
    if kind is None:
        return {each: rows.all_of(each) for each in KINDS}
    if not names:
        return {kind: rows.all_of(kind)}
    return {kind: [rows.find(kind, name) for name in dict.fromkeys(names)]}


def _written(path: Path, text: str) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return "written" if whole_file.write(path, text) else "unchanged"
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CommandError(f"{path} was not written: {reason}.") from None
