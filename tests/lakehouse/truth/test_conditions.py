"""Conditions decide exactly as their definition says: each beside a naive one of its own."""

import json
import string
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from lakehouse.truth import conditions as c
from lakehouse.truth.conditions import holds
from lakehouse.truth.paths import Path, parsed
from lakehouse.truth.pattern import Wanted, value

LABELS = ["public", "internal", "confidential", "restricted"]
WORDS = st.sampled_from(["", " ", "a", "ab", "B", "sk-a", "1", "true", *LABELS])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.sampled_from([0.0, 1.0, 1.5, -2.0]),
    WORDS,
)
KEYS = st.sampled_from(["a", "b", "0", "1"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
SUBJECTS = st.fixed_dictionaries(
    {}, optional={root: VALUES for root in ("request", "answer", "call")}
)
PATHS = st.builds(
    lambda root, steps: ".".join([root, *steps]),
    st.sampled_from(["request", "answer", "call"]),
    st.lists(st.sampled_from(["a", "b", "0", "1", "*"]), max_size=3),
)


# --- the naive definition: slow, recursive, and nothing of the real one ---


def at(subject: Any, path: str) -> list[Any]:
    root, _, rest = path.partition(".")
    found = walk(subject[root], rest.split(".") if rest else []) if root in subject else []
    return [v for v in found if v is not None]


def walk(value: Any, steps: list[str]) -> list[Any]:
    if not steps:
        return [value]
    step, rest = steps[0], steps[1:]
    if type(value) is dict:
        items = [(k, v) for k, v in value.items() if step in ("*", k)]
    elif type(value) is list:
        items = [(str(n), v) for n, v in enumerate(value) if step in ("*", str(n))]
    else:
        items = []
    return [end for _, inner in items for end in walk(inner, rest)]


def same(a: Any, b: Any) -> bool:
    """As JSON: numbers without a fraction are written without one."""

    def written(v: Any) -> Any:
        if type(v) is float and v == int(v):
            return int(v)
        if type(v) is list:
            return [written(e) for e in v]
        if type(v) is dict:
            return {k: written(e) for k, e in v.items()}
        return v

    return json.dumps(written(a), sort_keys=True) == json.dumps(written(b), sort_keys=True)


def more(a: Any, b: Any) -> bool:
    if type(a) in (int, float) and type(b) in (int, float):
        return bool(a > b)
    return a in LABELS and b in LABELS and LABELS.index(a) > LABELS.index(b)


def words(value: Any) -> list[str]:
    if type(value) is str:
        return [value]
    inner = value.values() if type(value) is dict else value if type(value) is list else []
    return [word for entry in inner for word in words(entry)]


def path(text: str) -> Path:
    found = parsed(text)
    assert found is not None
    return found


# --- each beside its definition ---


@given(SUBJECTS)
def test_always(subject: dict[str, Any]) -> None:
    assert holds(c.Always(), subject)


@given(SUBJECTS, PATHS)
@example({"request": {"a": " "}}, "request.a")
@example({"request": {"a": [None]}}, "request.a")
def test_field_empty(subject: dict[str, Any], field: str) -> None:
    blank = [v for v in at(subject, field) if not (type(v) in (int, float, bool) or v)]
    spaces = [v for v in at(subject, field) if type(v) is str and v and set(v) <= set(" ")]
    expected = len(blank) + len(spaces) == len(at(subject, field))
    assert holds(c.FieldEmpty(path(field)), subject) == expected


@given(SUBJECTS, PATHS, st.lists(VALUES.filter(lambda v: v is not None), min_size=1, max_size=3))
@example({"request": {"a": 1}}, "request.a", [True])
@example({"request": {"a": [1.0]}}, "request.a", [[1]])
def test_field_equals_values(subject: dict[str, Any], field: str, values: list[Any]) -> None:
    expected = any(same(a, b) for a in at(subject, field) for b in values)
    assert holds(c.FieldEquals(path(field), tuple(values)), subject) == expected


@given(SUBJECTS, PATHS, PATHS)
def test_comparing_two_fields(subject: dict[str, Any], field: str, other: str) -> None:
    pairs = [(a, b) for a in at(subject, field) for b in at(subject, other)]
    sides = path(field), (), path(other)
    assert holds(c.FieldEquals(*sides), subject) == any(same(a, b) for a, b in pairs)
    assert holds(c.FieldMismatch(*sides), subject) == any(not same(a, b) for a, b in pairs)
    assert holds(c.FieldGreater(*sides), subject) == any(more(a, b) for a, b in pairs)


@given(SUBJECTS, PATHS, VALUES.filter(lambda v: v is not None))
def test_field_mismatch(subject: dict[str, Any], field: str, one: Any) -> None:
    expected = any(not same(a, one) for a in at(subject, field))
    assert holds(c.FieldMismatch(path(field), (one,)), subject) == expected


@given(SUBJECTS, PATHS, st.integers(-3, 3) | st.sampled_from([0.5, *LABELS]))
@example({"call": {"a": True}}, "call.a", 0)
@example({"call": {"a": "internal"}}, "call.a", "public")
def test_field_greater(subject: dict[str, Any], field: str, one: Any) -> None:
    expected = any(more(a, one) for a in at(subject, field))
    assert holds(c.FieldGreater(path(field), (one,)), subject) == expected


@given(
    SUBJECTS,
    st.lists(PATHS, min_size=1, max_size=2),
    st.lists(st.text(string.ascii_letters + "-1", min_size=1, max_size=2), min_size=1, max_size=3),
    st.booleans(),
)
@example({"request": {"a": ["b", {"b": "SK-A"}]}}, ["request.a"], ["sk-"], True)
def test_field_contains_any(
    subject: dict[str, Any], fields: list[str], wanted: list[str], ignore_case: bool
) -> None:
    texts = [word for field in fields for found in at(subject, field) for word in words(found)]
    if ignore_case:
        texts, low = [t.lower() for t in texts], [w.lower() for w in wanted]
    else:
        low = wanted
    condition = c.FieldContainsAny(
        tuple(map(path, fields)), Wanted(list(map(value, wanted)), ignore_case=ignore_case)
    )
    assert holds(condition, subject) == any(w in t for w in low for t in texts)


def test_what_files_consist_of_is_not_text() -> None:
    parts = [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AKIA"}},
        {"type": "input_audio", "input_audio": {"data": "AKIA", "format": "wav"}},
        {"type": "file", "file": {"file_data": "AKIA", "filename": "f"}},
    ]
    condition = c.FieldContainsAny((path("request.a"),), Wanted([value("AKIA")]))
    assert not holds(condition, {"request": {"a": parts}})
    assert holds(condition, {"request": {"a": [*parts, {"type": "text", "text": "data: AKIA"}]}})
