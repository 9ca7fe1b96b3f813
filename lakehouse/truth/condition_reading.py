"""From what a rule file says of a condition to the condition."""

from collections.abc import Sequence
from typing import Any

from lakehouse.truth.conditions import (
    Always,
    Compared,
    Condition,
    FieldContainsAny,
    FieldEmpty,
    FieldEquals,
    FieldGreater,
    FieldMismatch,
)
from lakehouse.truth.fields import LIST as LIST_SORT
from lakehouse.truth.fields import NUMBER, TABLE, TEXT, BadField, Fields, sort_of
from lakehouse.truth.given import Given
from lakehouse.truth.paths import Path
from lakehouse.truth.pattern import BadPattern, Wanted, pattern, value
from lakehouse.truth.pattern_nodes import Node
from providers.endpoint import LABELS

MOST_WANTED = 500
STAGES = ("request", "answer")
_OTHER_WORDS = {
    "path": "field",
    "equals": "value",
    "than": "value",
    "to": "value",
    "regex": "patterns",
    "pattern": "patterns",
    "ignorecase": "ignore_case",
    "any": "values",
}


def condition(given: Given, fields: Fields) -> Condition | None:
    """None where something of it is wrong, which `given` then knows."""
    match given.name:
        case "Always":
            return _always(given)
        case "FieldEmpty":
            given.only(("field",), _OTHER_WORDS)
            field = path(given, "field", fields)
            return FieldEmpty(field) if field else None
        case "FieldContainsAny":
            return _contains_any(given, fields)
        case name:
            return _compared(name, given, fields)


def path(given: Given, key: str, fields: Fields) -> Path | None:
    given.must_have(key, "Name a field, like request.messages.*.content.")
    text = given.text(key)
    return _path(given, key, text, fields) if text else None


def several(given: Given, key: str, fields: Fields) -> tuple[Path, ...]:
    read = [_path(given, key, text, fields) for text in given.texts(key)]
    return tuple(field for field in read if field)


def _path(given: Given, key: str, text: str, fields: Fields) -> Path | None:
    try:
        return fields.path(text)
    except BadField as error:
        given.wrong(key, str(error))
        return None


def _always(given: Given) -> Always | None:
    given.only(("stage",))
    stage = given.text("stage") if "stage" in given else STAGES[0]
    if stage and stage not in STAGES:
        given.wrong("stage", 'it is "request" or "answer".')
        return None
    return Always(stage) if stage else None


# --- comparing ---


def _compared(name: str, given: Given, fields: Fields) -> Compared | None:
    listed = ("values",) if name == "FieldEquals" else ()
    ways = ("value", *listed, "other")
    given.only(("field", *ways), _OTHER_WORDS)
    field = path(given, "field", fields)
    said = [way for way in ways if way in given]
    if len(said) != 1:
        count = "nothing to compare with" if not said else f"{' and '.join(said)} at once"
        given.says(f"{count}. Write one of {', '.join(ways)}.")
        return None
    other = path(given, "other", fields) if "other" in given else None
    values = _values(given) if other is None and "other" not in given else ()
    if field is None or (other is None and not values):
        return None
    made: Compared
    if name == "FieldEquals":
        made = FieldEquals(field, values, other)
    elif name == "FieldMismatch":
        made = FieldMismatch(field, values, other)
    else:
        made = FieldGreater(field, values, other)
    for key, side in (("field", field), ("other", other)):
        if side is not None and not _comparable(given, key, side, made, fields):
            return None
    return made


def _values(given: Given) -> tuple[Any, ...]:
    if "value" in given:
        one = given.value("value")
        return (one,) if given.literal("value", one) else ()
    listed = given.value("values")
    if not isinstance(listed, list) or not listed:
        given.wrong("values", "it is a list with something in it, like values = [1, 2].")
        return ()
    return tuple(listed) if all([given.literal("values", entry) for entry in listed]) else ()


def _comparable(given: Given, key: str, side: Path, made: Compared, fields: Fields) -> bool:
    sorts = fields.sorts(side)
    if isinstance(made, FieldGreater):
        if not sorts & {NUMBER, TEXT}:
            given.wrong(key, f"{side} is never a number or a label, so it is never greater.")
            return False
        bad = [v for v in made.values if sort_of(v) != NUMBER and v not in LABELS]
        if bad:
            given.wrong("value", f"it is a number, or one of {', '.join(LABELS)}.")
            return False
    for one in made.values:
        if (sort := sort_of(one)) not in sorts:
            given.wrong(
                "value" if "value" in given else "values",
                f"{side} is never {_a(sort)}, but {' or '.join(map(_a, sorted(sorts)))}.",
            )
            return False
    return True


def _a(sort: str) -> str:
    return "a text" if sort == TEXT else sort


# --- looking for texts ---


def _contains_any(given: Given, fields: Fields) -> FieldContainsAny | None:
    given.only(("field", "fields", "values", "patterns", "ignore_case"), _OTHER_WORDS)
    looked_at = _looked_at(given, fields)
    if "values" not in given and "patterns" not in given:
        given.says("nothing to look for. Write values, patterns or both.")
    nodes = [*map(value, given.texts("values")), *_patterns(given)]
    if len(nodes) > MOST_WANTED:
        given.says(f"more than {MOST_WANTED} values and patterns. Make two rules of it.")
    ignore_case = given.flag("ignore_case")
    if not looked_at or not nodes:
        return None
    return FieldContainsAny(looked_at, Wanted(nodes, ignore_case=ignore_case))


def _looked_at(given: Given, fields: Fields) -> tuple[Path, ...]:
    if "fields" in given:
        if "field" in given:
            given.says("field and fields at once. Write one of them.")
        read = several(given, "fields", fields)
    else:
        one = path(given, "field", fields)
        read = (one,) if one else ()
    for side in read:
        if not fields.sorts(side) & {TEXT, LIST_SORT, TABLE}:
            given.wrong("field", f"{side} never holds a text.")
    return read


def _patterns(given: Given) -> Sequence[Node]:
    nodes = []
    for number, text in enumerate(given.texts("patterns"), start=1):
        try:
            nodes.append(pattern(text))
        except BadPattern as error:
            given.wrong("patterns", f"pattern {number} is not taken: {error}.")
    return nodes
