"""Which paths can lead to a value, and to a value of which sort, read from typed shapes."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import inspect

from lakehouse.truth.paths import ROOTS, Path, parsed
from providers.suggest import shown, suggestion

TEXT, NUMBER, FLAG, LIST, TABLE = "text", "a number", "true or false", "a list", "a table"
EVERY = frozenset((TEXT, NUMBER, FLAG, LIST, TABLE))
Sorts = frozenset[str]


class BadField(Exception):
    """Says what is wrong and what would be right."""


class Fields:
    """`shapes` are a struct for each root; `words` are the paths of texts that may be replaced."""

    def __init__(self, shapes: Mapping[str, type[msgspec.Struct]], words: tuple[str, ...]) -> None:
        self._shapes = {root: inspect.type_info(shape) for root, shape in shapes.items()}
        self.words = tuple(_known(text) for text in words)

    def path(self, text: str) -> Path:
        """The path, which can lead to a value. Raises BadField."""
        path = parsed(text)
        if path is None:
            raise BadField(
                f'"{shown(text)}" is not a field. Write names, numbers or * with dots between, '
                "like request.messages.*.content."
            )
        if path.root not in ROOTS:
            raise BadField(
                f'there is no field "{shown(text)}": it begins with {", ".join(ROOTS[:-1])} or '
                f"{ROOTS[-1]}. {suggestion(path.root, ROOTS)}"
            )
        self._end(path)
        return path

    def sorts(self, path: Path) -> Sorts:
        """What may stand at a path that `path` gave."""
        return frozenset().union(*(_sorts(end) for end in self._end(path)))

    def replaceable(self, path: Path) -> bool:
        """Whether some text at the path, or within it, may be replaced."""
        return any(
            path.root == words.root and _meet(path.steps, words.steps) for words in self.words
        )

    def _end(self, path: Path) -> list[inspect.Type]:
        level: list[inspect.Type] = [self._shapes[path.root]]
        where = path.root
        for step in path.steps:
            flat = [plain for end in level for plain in _plain(end)]
            level = [inner for end in flat for inner in _below(end, step)]
            if not level:
                raise BadField(_nothing(where, step, flat))
            where = f"{where}.{step}"
        return [plain for end in level for plain in _plain(end)]


def _known(text: str) -> Path:
    path = parsed(text)
    assert path is not None
    return path


def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether one of them can lead into the other."""
    return all(a == b or "*" in (a, b) for a, b in zip(one, other, strict=False))


def _plain(kind: inspect.Type) -> list[inspect.Type]:
    """Each of a union's types; without null, which counts as not there."""
    if isinstance(kind, inspect.UnionType):
        return [plain for inner in kind.types for plain in _plain(inner)]
    return [] if isinstance(kind, inspect.NoneType) else [kind]


def _below(kind: inspect.Type, step: str) -> list[inspect.Type]:
    match kind:
        case inspect.AnyType():
            return [kind]
        case inspect.StructType():
            named = _named(kind)
            return list(named.values()) if step == "*" else [named[step]] if step in named else []
        case inspect.DictType():
            return [kind.value_type]
        case inspect.ListType() if step == "*" or step.isdecimal():
            return [kind.item_type]
        case _:
            return []


def _named(kind: inspect.StructType) -> dict[str, inspect.Type]:
    named = {field.encode_name: field.type for field in kind.fields}
    if kind.tag_field is not None:
        named[kind.tag_field] = inspect.StrType()
    return named


def _nothing(where: str, step: str, kinds: list[inspect.Type]) -> str:
    names = {
        name: None
        for kind in kinds
        if isinstance(kind, inspect.StructType)
        for name in _named(kind)
    }
    if any(isinstance(kind, inspect.ListType) for kind in kinds):
        return (
            f'there is no field "{where}.{shown(step)}": {where} is a list. Write {where}.*, or a '
            "number from 0 for one entry."
        )
    if not names:
        return f'there is no field "{where}.{shown(step)}": nothing is within {where}.'
    return f'there is no field "{where}.{shown(step)}". {suggestion(shown(step), list(names))}'


def _sorts(kind: inspect.Type) -> Sorts:
    match kind:
        case inspect.AnyType():
            return EVERY
        case inspect.StrType():
            return frozenset((TEXT,))
        case inspect.IntType() | inspect.FloatType():
            return frozenset((NUMBER,))
        case inspect.BoolType():
            return frozenset((FLAG,))
        case inspect.LiteralType():
            return frozenset(sort_of(value) for value in kind.values)
        case inspect.ListType():
            return frozenset((LIST,))
        case _:
            return frozenset((TABLE,))


def sort_of(value: Any) -> str:
    """The sort of a value that JSON can hold."""
    match value:
        case bool():
            return FLAG
        case str():
            return TEXT
        case int() | float():
            return NUMBER
        case list():
            return LIST
        case _:
            return TABLE
