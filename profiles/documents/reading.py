"""A TOML document of profiles and ladders, read into entries; the rows are asked for nothing yet.

[execution.<name>]      and any field of the kind; what is left out is the field's default
[ladder.<name>]         and its rungs, in their order, as [[ladder.<name>.rungs]]
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from profiles.documents.entry import DocumentError, Entry
from profiles.documents.rows import KINDS
from providers import toml_text
from providers.suggest import shown, suggestion
from providers.toml_text import Problem, TomlText, Unreadable

MISSING = "`profiles export --out` writes one."
_NAME = "The table has the name: [{0}.{1}]. Leave this out."


def load(paths: list[Path]) -> list[Entry]:
    """The entries of all files, of a folder those of its `*.toml`. Raises DocumentError."""
    entries: list[Entry] = []
    problems: list[Problem] = []
    for path in _files(paths):
        try:
            entries += parse(toml_text.read(path, MISSING), str(path))
        except Unreadable as error:
            problems.append(error.problem)
        except DocumentError as error:
            problems += error.problems
    problems += twice(entries)
    if problems:
        raise DocumentError(problems)
    return entries


def parse(text: str, path: str) -> list[Entry]:
    """Of one text; `path` is only said in messages. Raises DocumentError, Unreadable."""
    source = TomlText(text, path)
    entries: list[Entry] = []
    problems: list[Problem] = []
    for kind, tables in source.parsed().items():
        if kind not in KINDS:
            near = suggestion(shown(kind), KINDS)
            problems.append(source.problem((kind,), f'Unknown table "{shown(kind)}". {near}'))
        elif not isinstance(tables, dict):
            message = f"{kind} is a table of tables: write [{kind}.<name>]."
            problems.append(source.problem((kind,), message))
        else:
            for name, table in tables.items():
                entry = Entry(kind, name, table, source, (kind, name))
                problems += _shape(entry, table)
                entries.append(entry)
    if problems:
        raise DocumentError(problems)
    return entries


def twice(entries: list[Entry]) -> Iterator[Problem]:
    """The entries whose name an earlier one of the kind has."""
    seen: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        first = seen.setdefault((entry.kind, entry.name), entry)
        if first is not entry:
            there = first.problem("")
            place = there.path if there.line is None else f"{there.path}:{there.line}"
            yield entry.problem(f"It is in {place} too. Keep one.")


def _shape(entry: Entry, table: Any) -> Iterator[Problem]:
    if not isinstance(table, dict):
        yield entry.problem(f"Write a table: [{entry.kind}.{shown(entry.name)}].")
    elif "name" in table:
        yield entry.problem(_NAME.format(entry.kind, shown(entry.name)), "name")


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(path.glob("*.toml"))
            yield from found or [path / "*.toml"]  # which is then said not to be there
        else:
            yield path
