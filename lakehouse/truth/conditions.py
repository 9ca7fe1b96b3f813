"""The six conditions, each deciding exactly as its docstring says.

A condition looks at the values it finds at its `field` (and at its `other`); what is null
is not found. Where it finds none it does not hold, save for FieldEmpty.
"""

from collections.abc import Iterator, Mapping
from time import thread_time
from typing import Any, assert_never

import msgspec

from lakehouse.truth.paths import Path, found, texts
from lakehouse.truth.pattern import Wanted, in_time
from providers.endpoint import LABELS

Subject = Mapping[str, Any]


class Always(msgspec.Struct, frozen=True):
    """Holds. `stage` says when it is asked: "request" or "answer"."""

    stage: str = "request"


class FieldEquals(msgspec.Struct, frozen=True):
    """Holds where a value at `field` equals one of `values`, or one at `other`.

    As in JSON: 1 equals 1.0 and neither equals true nor "1"; lists and tables by their contents.
    """

    field: Path
    values: tuple[Any, ...] = ()
    other: Path | None = None


class FieldMismatch(msgspec.Struct, frozen=True):
    """Holds where a value at `field` does not equal the one of `values`, or one at `other`."""

    field: Path
    values: tuple[Any, ...] = ()
    other: Path | None = None


class FieldEmpty(msgspec.Struct, frozen=True):
    """Holds where no value is at `field`, or only empty ones.

    Empty are a text of nothing but white space, a list and a table without entries.
    """

    field: Path


class FieldGreater(msgspec.Struct, frozen=True):
    """Holds where a value at `field` is greater than the one of `values`, or one at `other`.

    Numbers are compared as numbers, labels in their order: public, internal, confidential,
    restricted. Of anything else none is greater.
    """

    field: Path
    values: tuple[Any, ...] = ()
    other: Path | None = None


class FieldContainsAny(msgspec.Struct, frozen=True):
    """Holds where a text at one of `fields`, or within a list or table there, holds what is wanted.

    What images, sounds and files consist of is not text.
    """

    fields: tuple[Path, ...]
    wanted: Wanted


Compared = FieldEquals | FieldMismatch | FieldGreater
Condition = Always | FieldEmpty | FieldContainsAny | Compared
NAMES = tuple(kind.__name__ for kind in (
    Always, FieldEquals, FieldMismatch, FieldEmpty, FieldGreater, FieldContainsAny
))  # fmt: skip


def holds(condition: Condition, subject: Subject) -> bool:
    """Raises Undecided, of FieldContainsAny."""
    match condition:
        case Always():
            return True
        case FieldEmpty():
            return all(map(empty, found(subject, condition.field)))
        case FieldContainsAny():
            return _contains(condition, subject)
        case FieldEquals():
            return any(equal(a, b) for a, b in _pairs(condition, subject))
        case FieldMismatch():
            return any(not equal(a, b) for a, b in _pairs(condition, subject))
        case FieldGreater():
            return any(greater(a, b) for a, b in _pairs(condition, subject))
        case _:
            assert_never(condition)


def paths(condition: Condition) -> tuple[Path, ...]:
    """Every path that it looks at."""
    match condition:
        case Always():
            return ()
        case FieldEmpty():
            return (condition.field,)
        case FieldContainsAny():
            return condition.fields
        case FieldEquals() | FieldMismatch() | FieldGreater():
            return (condition.field, condition.other) if condition.other else (condition.field,)
        case _:
            assert_never(condition)


def empty(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, list | dict) and not value


def equal(a: Any, b: Any) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    return bool(a == b)


def greater(a: Any, b: Any) -> bool:
    if isinstance(a, str) and isinstance(b, str):
        return a in LABELS and b in LABELS and LABELS.index(a) > LABELS.index(b)
    return _is_number(a) and _is_number(b) and a > b


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _pairs(condition: Compared, subject: Subject) -> Iterator[tuple[Any, Any]]:
    others = condition.values if condition.other is None else found(subject, condition.other)
    return ((a, b) for a in found(subject, condition.field) for b in others)


def _contains(condition: FieldContainsAny, subject: Subject) -> bool:
    began = thread_time()
    for text in _texts(condition, subject):
        if condition.wanted.is_in(text):
            return True
        in_time(began)
    return False


def _texts(condition: FieldContainsAny, subject: Subject) -> Iterator[str]:
    for path in condition.fields:
        for value in found(subject, path):
            yield from (text for _, text in texts(value))
