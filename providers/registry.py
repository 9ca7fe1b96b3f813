"""The registry file, `config/providers.toml`: read, checked as a whole, every fault with its place.

[providers.<name>]
kind = "…"          and any field of `fields.TYPES`; what is left out is the kind's default
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from django.core.exceptions import ValidationError

from providers import adapters, fields, toml_text
from providers.models import Provider
from providers.suggest import shown, suggestion
from providers.toml_text import Problem, TomlText, Unreadable

TABLE = "providers"


class RegistryError(Exception):
    """The file is not usable; `problems` has everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Entry(msgspec.Struct, frozen=True):
    """One provider of the file. `declared` is what it says, `values` has every field."""

    name: str
    line: int | None
    declared: dict[str, Any]
    values: dict[str, Any]


def load(path: Path) -> list[Entry]:
    """The entries in the file's order. Raises RegistryError with all faults at once."""
    try:
        text = toml_text.read(path, "Make it, or name another in LAKEHOUSE_PROVIDERS.")
    except Unreadable as error:
        raise RegistryError([error.problem]) from None
    return parse(text, str(path))


def parse(text: str, path: str) -> list[Entry]:
    """As `load`, of a text; `path` is only said in messages."""
    return _Reader(text, path).entries()


class _Reader:
    """Reads one text and collects its problems on the way."""

    def __init__(self, text: str, path: str) -> None:
        self._file = TomlText(text, path)
        self._problems: list[Problem] = []

    def entries(self) -> list[Entry]:
        try:
            document = self._file.parsed()
        except Unreadable as error:
            raise RegistryError([error.problem]) from None
        self._refuse_unknown((), document, (TABLE,))
        found = list(self._each(document.get(TABLE, {})))
        if self._problems:
            self._problems.sort(key=lambda problem: problem.line or 0)
            raise RegistryError(self._problems)
        return found

    def _each(self, tables: Any) -> Iterator[Entry]:
        if not isinstance(tables, dict):
            self._wrong((TABLE,), f"{TABLE} is a table of tables: write [{TABLE}.<name>].")
            return
        for name, table in tables.items():
            if not isinstance(table, dict):
                self._wrong((TABLE, name), f"{name} is a table: write [{TABLE}.{name}].")
            elif (entry := self._entry(name, table)) is not None:
                yield entry

    def _entry(self, name: str, table: dict[str, Any]) -> Entry | None:
        place = (TABLE, name)
        before = len(self._problems)
        self._refuse_unknown(place, table, fields.NAMES, fields.OTHER_WORDS)
        kind = table.get("kind")
        if not isinstance(kind, str) or kind not in adapters.KINDS:
            self._wrong_kind(place, kind)
            return None
        given = {
            field: fields.plain(field, value)
            for field, value in table.items()
            if field in fields.TYPES and self._typed(place, field, value)
        }
        candidate = Provider(name=name, **(fields.starting(kind) | given))
        self._clean(place, candidate, given)
        if len(self._problems) > before:
            return None
        declared = {field: getattr(candidate, field) for field in fields.NAMES if field in given}
        return Entry(name, self._file.line(place), declared, candidate.values)

    def _clean(self, place: tuple[str, ...], candidate: Provider, given: dict[str, Any]) -> None:
        try:
            candidate.full_clean(validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            for field, messages in error.message_dict.items():
                for message in messages:
                    self._wrong((*place, field), _said(field, message, field in given))

    def _typed(self, place: tuple[str, ...], field: str, value: Any) -> bool:
        types = fields.TYPES[field]
        if isinstance(value, types) and not (isinstance(value, bool) and bool not in types):
            return True
        self._wrong((*place, field), f'"{field}" must be {fields.named(field)}.')
        return False

    def _wrong_kind(self, place: tuple[str, ...], kind: Any) -> None:
        if kind is None:
            self._wrong(place, f'"kind" is missing. {suggestion("", adapters.KINDS)}')
        else:
            near = suggestion(shown(kind), adapters.KINDS)
            self._wrong((*place, "kind"), f'There is no kind "{shown(kind)}". {near}')

    def _refuse_unknown(
        self,
        place: tuple[str, ...],
        table: dict[str, Any],
        known: tuple[str, ...],
        others: dict[str, str] | None = None,
    ) -> None:
        for key in table:
            if key not in known:
                near = suggestion(shown(key), known, others)
                self._wrong((*place, key), f'Unknown key "{shown(key)}". {near}')

    def _wrong(self, place: tuple[str, ...], message: str) -> None:
        self._problems.append(self._file.problem(place, message))


def _said(field: str, message: str, given: bool) -> str:
    if field in fields.TYPES and not given:
        return f'"{field}" is left out and has no default. {message}'
    return message if field in message else f'"{field}": {message}'
