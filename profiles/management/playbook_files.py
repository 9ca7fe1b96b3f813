"""Playbooks as TOML, for git: `[[playbook]]` tables, matched by their titles.

What they say goes out and in, not how they stand: states, counts and history are each
database's own, so that an imported one is a draft.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from profiles.documents import toml
from profiles.documents.entry import DocumentError
from profiles.management.doing import VIA, user
from profiles.management.playbook_rows import CLEARANCE, ids
from profiles.memory import writing
from profiles.memory.playbook import Playbook
from profiles.retrieval.document import Document
from providers import toml_text
from providers.toml_text import Problem, TomlText, Unreadable

TABLE = "playbook"
MISSING = "`playbooks export --out` writes one."


def document(rows: Iterable[Playbook]) -> str:
    """The same rows give the same bytes. Empty fields are left out."""
    return "\n".join("\n".join(_table(row)) + "\n" for row in rows)


def _table(row: Playbook) -> Iterator[str]:
    yield f"[[{TABLE}]]"
    for field, value in _said(row).items():
        if value not in ("", []):
            yield f"{field} = {toml.value(value)}"


def _said(row: Playbook) -> dict[str, Any]:
    """Documents by their sources, which mean the same elsewhere; by id without one."""
    given = writing.values_of(row)
    rows = Document.objects.filter(pk__in=given["documents"]).order_by("source", "pk")
    cited = [source or str(pk) for pk, source in rows.values_list("pk", "source")]
    return given | {"documents": cited}


def apply(paths: Iterable[Path], *, keep: bool) -> list[tuple[str, str]]:
    """Makes the database say what the files say, all or nothing: what came of each title.

    Nothing is kept without `keep`. Raises DocumentError with everything that is wrong.
    """
    problems: list[Problem] = []
    found: list[tuple[str, str]] = []
    with transaction.atomic():
        for path in paths:
            try:
                found += _applied(TomlText(toml_text.read(path, MISSING), str(path)), problems)
            except Unreadable as error:
                problems.append(error.problem)
        if problems:
            raise DocumentError(problems)
        transaction.set_rollback(not keep)
    return found


def _applied(source: TomlText, problems: list[Problem]) -> Iterator[tuple[str, str]]:
    for name in source.parsed():
        if name != TABLE:
            problems.append(source.problem((name,), f"Write [[{TABLE}]] tables here."))
    tables = source.parsed().get(TABLE, [])
    for number, table in enumerate(tables if isinstance(tables, list) else [tables]):
        place = (TABLE, str(number))
        if not isinstance(table, dict):
            problems.append(source.problem(place, f"Write a table: [[{TABLE}]]."))
            continue
        try:
            yield str(table.get("title", "")), _written(table)
        except ValidationError as error:
            for field, texts in error.message_dict.items():
                said = (f"[{TABLE} {number + 1}] {field}: {text}" for text in texts)
                problems += [source.problem((*place, field), text) for text in said]


def _written(table: dict[str, Any]) -> str:
    title = table.get("title")
    known = list(Playbook.objects.filter(title=title)[:2]) if isinstance(title, str) else []
    if len(known) > 1:
        text = "More than one playbook has this title. Change them by their ids."
        raise ValidationError({"title": [text]})
    row = known[0] if known else Playbook()
    before = _said(row) if known else {}
    blank = writing.values_of(Playbook())
    if known and before == blank | table:
        return "unchanged"
    values = blank | table
    draft = writing.filled(row, values | {"documents": ids(values["documents"])}, CLEARANCE)
    writing.save(draft, who=user(), via=VIA, reason="imported")
    return "changed" if known else "created"
