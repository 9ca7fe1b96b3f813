"""Values and changes as a person reads them."""

import json
from collections.abc import Iterable, Iterator
from difflib import unified_diff
from typing import Any, NamedTuple

from django.db import models
from django.utils.text import capfirst

from profiles.revisions import Change

EMPTY = "(empty)"
MOST_LINES = 2000  # of both texts together; more would take long to compare
_LONG = 100  # characters
_KINDS = {"+": "added", "-": "removed", "@": "place", " ": "same"}


class Line(NamedTuple):
    """One line of two texts compared: `kind` is added, removed, same or place."""

    kind: str
    text: str


class Row(NamedTuple):
    """One field that differs. With `lines`, they tell it better than both texts whole."""

    label: str
    before: str
    after: str
    lines: list[Line]


def rows(model: type[models.Model], changes: Iterable[Change]) -> list[Row]:
    return [
        Row(
            label_of(model, change.field),
            value(change.before),
            value(change.after),
            list(_lines(change.before, change.after)),
        )
        for change in changes
    ]


def label_of(model: type[models.Model], field: str) -> str:
    return str(capfirst(model._meta.get_field(field).verbose_name))  # type: ignore[union-attr]


def value(given: Any) -> str:
    if given in (None, "", []):
        return EMPTY
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, float):
        return str(given).removesuffix(".0")
    if isinstance(given, list):
        return "\n".join(map(_item, given))
    return str(given)


def _item(given: Any) -> str:
    return repr(given)[1:-1] if isinstance(given, str) else json.dumps(given, ensure_ascii=False)


def _lines(before: Any, after: Any) -> Iterator[Line]:
    if not (isinstance(before, str) and isinstance(after, str) and before and after):
        return
    old, new = before.splitlines(), after.splitlines()
    several = len(old) > 1 or len(new) > 1 or max(len(before), len(after)) > _LONG
    if not several or len(old) + len(new) > MOST_LINES:
        return
    compared = unified_diff(old, new, n=2, lineterm="")
    for line in list(compared)[2:]:  # the first two name files
        kind = _KINDS[line[0]]
        if kind != "place":
            yield Line(kind, line[1:])
        elif (start := line.split(",")[0].removeprefix("@@ -")) not in ("0", "1"):
            yield Line(kind, f"from line {start}")
