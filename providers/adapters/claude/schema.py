"""A JSON schema narrowed to what the vendor's constrained output takes (`wire/anthropic.md`).

Every object is closed, and limits on numbers and lengths go from the rules into the
description, where the model still reads them.
"""

from typing import Any

import msgspec

_LIMITS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
)
_MAPS = frozenset({"properties", "$defs", "definitions"})
_LISTS = frozenset({"anyOf", "allOf", "oneOf", "prefixItems"})
_FIRST_ITEMS = (0, 1)


def narrowed(schema: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """The schema as it can be sent, and the rules it no longer enforces. The input is kept."""
    lost: set[str] = set()
    return _schema(schema, lost), lost


def told(lost: set[str]) -> str:
    """The note that names what is not enforced."""
    return f"not enforced by this API, only described to the model: {', '.join(sorted(lost))}"


def _schema(node: Any, lost: set[str]) -> Any:
    if not isinstance(node, dict):
        return node
    limits = {name: node[name] for name in _LIMITS if name in node}
    if node.get("minItems", 0) not in _FIRST_ITEMS:
        limits["minItems"] = node["minItems"]
    out = {name: _value(name, each, lost) for name, each in node.items() if name not in limits}
    if "oneOf" in out and "anyOf" not in out:
        out["anyOf"] = out.pop("oneOf")
    if limits:
        lost.update(limits)
        out["description"] = _described(node.get("description"), limits)
    if _is_object(node):
        if node.get("additionalProperties", False) is not False:
            lost.add("additionalProperties")
        out["additionalProperties"] = False
    return out


def _value(name: str, value: Any, lost: set[str]) -> Any:
    if name in _MAPS and isinstance(value, dict):
        return {key: _schema(each, lost) for key, each in value.items()}
    if name in _LISTS and isinstance(value, list):
        return [_schema(each, lost) for each in value]
    return _schema(value, lost) if name in ("items", "not") else value


def _is_object(node: dict[str, Any]) -> bool:
    kind = node.get("type")
    return kind == "object" or (isinstance(kind, list) and "object" in kind) or "properties" in node


def _described(description: Any, limits: dict[str, Any]) -> str:
    rules = ", ".join(f"{n} {msgspec.json.encode(v).decode()}" for n, v in limits.items())
    return f"{description} ({rules})" if description else f"({rules})"
