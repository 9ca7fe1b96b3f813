"""JSON Schema cut down to the subset that Kimi takes (`wire/kimi.md`, "schemas").

Every property has a type, nothing stands beside `anyOf` that belongs into its branches,
tuples are `prefixItems`, local references are written out.
"""

from typing import Any, Final
from urllib.parse import unquote

from providers.adapters.openai_compatible.parts import unsupported

Schema = dict[str, Any]

# Written-out references can double with each level; beyond this a schema is refused.
MOST_NODES: Final = 5000
_TYPES: Final = ("string", "number", "boolean", "object", "array", "null")
_DEFINITIONS: Final = frozenset({"$defs", "definitions", "$schema", "$id"})
_OF_OBJECT: Final = frozenset({"properties", "additionalProperties", "required"})
_OF_ARRAY: Final = frozenset({"items", "prefixItems", "minItems", "maxItems"})


def subset(schema: Schema, param: str) -> Schema:
    """The same schema in Kimi's subset.

    Raises ProviderError(unsupported), naming `param`, when its root is not an object or it
    is too large written out. A reference to itself becomes a plain object where it recurs.
    """
    root = _Writer(schema, param).node(schema, ())
    if root.get("type") != "object":
        unsupported("Kimi takes a schema only when its root is of type object.", param)
    root.setdefault("properties", {})
    return root


class _Writer:
    def __init__(self, root: Schema, param: str) -> None:
        self._root = root
        self._param = param
        self._count = 0

    def node(self, node: Any, path: tuple[str, ...]) -> Schema:
        self._count += 1
        if self._count > MOST_NODES:
            unsupported(
                f"A schema has over {MOST_NODES} parts with its references written out, as "
                "Kimi needs them. Make it smaller.",
                self._param,
            )
        if not isinstance(node, dict):
            return _anything({})
        if "$ref" in node:
            return self._referred(node, path)
        only = node.get("allOf")
        if isinstance(only, list) and len(only) == 1 and isinstance(only[0], dict):
            rest = {name: value for name, value in node.items() if name != "allOf"}
            return self.node({**only[0], **rest}, path)
        written: Schema = {}
        for name, value in node.items():
            if name not in _DEFINITIONS:
                self._keyword(written, name, value, path)
        return _typed(written)

    def _referred(self, node: Schema, path: tuple[str, ...]) -> Schema:
        reference = node["$ref"]
        target = None if reference in path else self._find(reference)
        rest = {name: value for name, value in node.items() if name != "$ref"}
        if target is None:
            return {"type": "object", **rest}
        return self.node({**target, **rest}, (*path, reference))

    def _find(self, reference: Any) -> Schema | None:
        """The target of a reference into this schema, such as `#/$defs/Place`."""
        if not isinstance(reference, str) or not reference.startswith("#"):
            return None
        found: Any = self._root
        for step in reference[1:].split("/")[1:]:
            key = unquote(step).replace("~1", "/").replace("~0", "~")
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else None

    def _keyword(self, written: Schema, name: str, value: Any, path: tuple[str, ...]) -> None:
        match name, value:
            case "items", list():
                written["prefixItems"] = [self.node(item, path) for item in value]
            case "properties" | "patternProperties", dict():
                written[name] = {
                    key: self.node(item, path) for key, item in value.items() if item is not False
                }
            case "anyOf" | "allOf" | "prefixItems", list():
                written[name] = [self.node(item, path) for item in value]
            case "oneOf", list():
                # Kimi's subset has no oneOf; the branches stay, their exclusion is lost.
                written["anyOf"] = [self.node(item, path) for item in value]
            case "items" | "additionalProperties" | "not", dict():
                written[name] = self.node(value, path)
            case "additionalItems" | "anyOf" | "oneOf", _:
                return  # Kimi has no such word; or its branches are no list, which says nothing
            case _:
                written[name] = value


def _typed(node: Schema) -> Schema:
    if "anyOf" in node:
        outer = node.pop("type", None)
        if outer is not None:
            node["anyOf"] = [_of_type(branch, outer) for branch in node["anyOf"]]
        return node
    if "type" not in node:
        guessed = _guess(node)
        return _anything(node) if guessed is None else {"type": guessed, **node}
    return node


def _of_type(branch: Schema, outer: Any) -> Schema:
    """A branch under an outer type: one that allowed anything now allows that type only."""
    if branch.get("anyOf") == _ANYTHING:
        branch = {name: value for name, value in branch.items() if name != "anyOf"}
        return {"type": outer, **branch}
    return branch


def _guess(node: Schema) -> Any:
    if _OF_OBJECT & node.keys() or "allOf" in node:
        return "object"
    if _OF_ARRAY & node.keys():
        return "array"
    values = node["enum"] if isinstance(node.get("enum"), list) else []
    values = [node["const"]] if "const" in node else values
    types = list(dict.fromkeys(map(_type_of, values)))
    return types[0] if len(types) == 1 else types or None


def _type_of(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case None:
            return "null"
        case _:
            return "object"


_ANYTHING: Final = [{"type": name} for name in _TYPES]


def _anything(node: Schema) -> Schema:
    """A schema that says no type allows all of them, and here has to say so."""
    return {**node, "anyOf": _ANYTHING}
