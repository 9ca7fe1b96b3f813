"""JSON Schemas (draft 2020-12) and patterns before they are used: is there anything wrong?"""

import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

DEEPEST = 40
MOST_NODES = 20_000
LONGEST_PATTERN = 1000
REMOTE = "{0} points outside the schema. Remote schemas are never fetched: put it into $defs."
_REFERENCES = ("$ref", "$dynamicRef")


def problem(schema: Any) -> str:
    """What is wrong with a schema, in a sentence; "" when it can be used."""
    if isinstance(schema, bool):
        return ""
    if not isinstance(schema, Mapping):
        return "A schema is an object."
    if depth(schema) > DEEPEST:
        return f"The schema is nested deeper than {DEEPEST} levels. Flatten it."
    nodes = list(_nodes(schema))
    if len(nodes) > MOST_NODES:
        return f"The schema has over {MOST_NODES} parts. Make it smaller."
    return _remote(nodes) or _not_a_schema(schema)


def pattern_problem(pattern: str) -> str:
    """What is wrong with a regular expression, "" when it can be used."""
    if len(pattern) > LONGEST_PATTERN:
        return f"A pattern has at most {LONGEST_PATTERN} characters."
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, RecursionError, OverflowError, ValueError) as error:
        return f"The pattern is no regular expression ({error})."
    return ""


def depth(value: Any) -> int:
    """Levels of lists and objects, counted as far as one more than DEEPEST."""
    level, levels = [value], 0
    while level and levels <= DEEPEST:
        level = [inner for item in level for inner in _within(item)]
        levels += bool(level)
    return levels


def texts(value: Any) -> Iterator[str]:
    """Every text in it, names of fields included."""
    for node in _nodes(value):
        if isinstance(node, str):
            yield node
        elif isinstance(node, Mapping):
            yield from map(str, node)


def _nodes(value: Any) -> Iterator[Any]:
    waiting = [value]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += _within(node)


def _within(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []


def _remote(nodes: list[Any]) -> str:
    identified = any(isinstance(node, Mapping) and "$id" in node for node in nodes)
    for node in nodes:
        for keyword in _REFERENCES if isinstance(node, Mapping) else ():
            target = node.get(keyword)
            if isinstance(target, str) and not target.startswith("#") and not identified:
                return REMOTE.format(f'{keyword} "{target[:60]}"')
    return ""


def _not_a_schema(schema: Mapping[str, Any]) -> str:
    # Only the process apart loads it, which takes long.
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
    from jsonschema.exceptions import SchemaError  # type: ignore[import-untyped]

    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as error:
        return f"The schema is not valid at {error.json_path}: {error.message[:200]}."
    except Exception as error:
        return f"The schema cannot be read ({type(error).__name__})."
    return ""
