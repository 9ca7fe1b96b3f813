"""A folder of rule files to a set of rules, or to everything that is wrong with them at once.

[[rule]]
id = "…"            unique among all files
task_class = "…"    of the calls that it is for; "*": of every call
description = "…"   what it is for, for people
condition = { FieldContainsAny = { field = "request.messages", values = ["…"] } }
action = { Reject = { message = "…" } }
"""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from lakehouse.truth.fields import Fields
from lakehouse.truth.problems import Problem, RulesError
from lakehouse.truth.reading import RuleReader
from lakehouse.truth.rule import Rule, Ruleset
from providers import toml_text
from providers.suggest import shown, suggestion
from providers.toml_text import TomlText, Unreadable

TABLE = "rule"
PATTERN = "*.toml"
MOST_BYTES = 2_000_000  # of one file


def load(folder: Path, fields: Fields, said: str = "") -> Ruleset:
    """The rules of all files, in the order of their names. Raises RulesError with all faults.

    `said` is what messages call the folder, its own name without it.
    """
    called = said or str(folder)
    problems: list[Problem] = []
    rules: list[Rule] = []
    for file in _files(folder, called):
        path = f"{called}/{file.name}"
        try:
            _refuse_odd(file, path)
            text = TomlText(toml_text.read(file, "It was here a moment ago."), path)
            document = text.parsed()
        except Unreadable as error:
            problems.append(msgspec.structs.replace(error.problem, path=path))
            continue
        for entry in _read(text, document, fields):
            (problems if isinstance(entry, Problem) else rules).append(entry)  # type: ignore[arg-type]
    problems += _twice(rules)
    if problems:
        raise RulesError(sorted(problems, key=lambda problem: (problem.path, problem.line or 0)))
    return Ruleset(rules)


def _files(folder: Path, called: str) -> list[Path]:
    what = "Make it, or name another in LAKEHOUSE_TRUTH; an empty one is no rules."
    try:
        if not folder.is_dir():
            wrong = "It is no directory." if folder.exists() else "There is no such directory."
            raise RulesError([Problem(called, None, f"{wrong} {what}")])
        return sorted(folder.glob(PATTERN))
    except OSError as error:
        said = f"The directory cannot be read ({type(error).__name__}). Let the server's user read."
        raise RulesError([Problem(called, None, said)]) from None


def _refuse_odd(file: Path, path: str) -> None:
    """What could not be read to its end, or holds up whoever waits for it. Raises Unreadable."""
    try:
        found = file.stat()
    except OSError:
        return  # whoever reads it says why it cannot be
    if not stat.S_ISREG(found.st_mode):
        raise Unreadable(path, None, "It is no file. Take it out of the directory.")
    if found.st_size > MOST_BYTES:
        raise Unreadable(path, None, f"It has more than {MOST_BYTES:,} bytes. Make two of it.")


def _read(text: TomlText, document: dict[str, Any], fields: Fields) -> Iterator[Problem | Rule]:
    for key in document:
        if key != TABLE:
            near = suggestion(shown(key), (TABLE,), {"rules": TABLE})
            yield text.problem((key,), f'Unknown key "{shown(key)}". {near} Write [[rule]].')
    tables = document.get(TABLE, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        yield text.problem((TABLE,), "rule is a list of tables: write [[rule]], in two brackets.")
        return
    for number, table in enumerate(tables):
        yield from RuleReader(text, number, table, fields).read()


def _twice(rules: list[Rule]) -> Iterator[Problem]:
    first: dict[str, Rule] = {}
    for rule in rules:
        other = first.setdefault(rule.id, rule)
        if other is not rule:
            where = f"{other.file}:{other.line}"
            said = f'rule "{rule.id}": {where} has this id already. Give one of them another.'
            yield Problem(rule.file, rule.line, said)
