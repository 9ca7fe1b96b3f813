"""Dotted paths into plain values: `request.messages.*.content`.

A step is a key of a table, a number (of a list's entry, from 0), or `*` for every entry of a
list or table. What is null counts as not there.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

ROOTS = ("request", "answer", "call")
Location = tuple[str, ...]

_STEP = re.compile(r"\*|[A-Za-z0-9_-]+")
# Files as text, in which there is nothing to read: the table's name, and the key within it.
_FILES = {("input_audio", "data"), ("file", "file_data")}
_LINK = ("image_url", "url")


class Path(msgspec.Struct, frozen=True):
    """A root and the steps below it."""

    root: str
    steps: Location = ()

    def __str__(self) -> str:
        return ".".join((self.root, *self.steps))

    def covers(self, root: str, location: Location) -> bool:
        """Whether what stands there is at this path or within it."""
        if root != self.root or len(location) < len(self.steps):
            return False
        return all(mine in ("*", its) for mine, its in zip(self.steps, location, strict=False))


def parsed(text: str) -> Path | None:
    """None where it is not written as a path."""
    first, *steps = text.split(".")
    if not all(_STEP.fullmatch(step) for step in steps):
        return None
    return Path(first, tuple(steps))


def found(subject: Mapping[str, Any], path: Path) -> list[Any]:
    """The values at the path, in their order; none of them is None."""
    level = [subject.get(path.root)]
    for step in path.steps:
        level = [inner for value in level for inner in _within(value, step)]
    return [value for value in level if value is not None]


def texts(value: Any, location: Location = ()) -> Iterator[tuple[Location, str]]:
    """Every text at or within a value, with where it stands; images and other files are none."""
    waiting: list[tuple[Location, Any]] = [(location, value)]
    while waiting:
        here, value = waiting.pop()
        if isinstance(value, str):
            if here[-2:] not in _FILES and not (here[-2:] == _LINK and value.startswith("data:")):
                yield here, value
        elif isinstance(value, list):
            waiting += [((*here, str(n)), v) for n, v in reversed(list(enumerate(value)))]
        elif isinstance(value, dict):
            waiting += [((*here, str(k)), v) for k, v in reversed(value.items())]


def put(value: Any, location: Location, text: str) -> None:
    """Puts a text in place of the one that stands there."""
    *steps, last = location
    for step in steps:
        value = value[int(step)] if isinstance(value, list) else value[step]
    if isinstance(value, list):
        value[int(last)] = text
    else:
        value[last] = text


def _within(value: Any, step: str) -> list[Any]:
    if isinstance(value, list):
        if step == "*":
            return value
        return value[int(step) : int(step) + 1] if step.isdecimal() else []
    if isinstance(value, dict):
        return list(value.values()) if step == "*" else [value[step]] if step in value else []
    return []
