"""JSON Schema in Kimi's subset."""

from typing import Any

import pytest

from providers.adapters.kimi.schema import MOST_NODES, subset
from providers.errors import ErrorKind, ProviderError

ANYTHING = [{"type": name} for name in ("string", "number", "boolean", "object", "array", "null")]


def written(a: Any, **root: Any) -> Any:
    """The property `a` of a schema, in the subset."""
    schema = {"type": "object", "properties": {"a": a}, **root}
    return subset(schema, "tools")["properties"]["a"]


def test_a_plain_schema_stays_as_it_is() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string", "description": "x", "enum": ["b"]}},
        "required": ["a"],
        "additionalProperties": False,
    }
    assert subset(schema, "tools") == schema


@pytest.mark.parametrize("root", [{}, {"anyOf": [{"type": "object"}]}, {"type": "array"}])
def test_a_root_that_is_no_object_is_refused(root: Any) -> None:
    with pytest.raises(ProviderError) as raised:
        subset(root, "tools")
    assert (raised.value.failure.kind, raised.value.failure.param) == ("unsupported", "tools")


def test_a_root_with_properties_is_an_object() -> None:
    assert subset({"properties": {}}, "tools") == {"type": "object", "properties": {}}


def test_a_root_without_properties_has_none() -> None:
    assert subset({"type": "object"}, "tools")["properties"] == {}


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"enum": ["a", "b"]}, "string"),
        ({"enum": [1, 2.5]}, "number"),
        ({"enum": ["a", None]}, ["string", "null"]),
        ({"const": True}, "boolean"),
        ({"const": [1]}, "array"),
        ({"const": {"x": 1}}, "object"),
        ({"items": {"type": "string"}}, "array"),
        ({"minItems": 1}, "array"),
        ({"properties": {}}, "object"),
        ({"required": ["x"]}, "object"),
        ({"allOf": [{"type": "object"}, {"type": "object"}]}, "object"),
    ],
)
def test_a_missing_type_is_told_from_the_rest(node: Any, expected: Any) -> None:
    assert written(node)["type"] == expected


@pytest.mark.parametrize("node", [{}, True, {"enum": "x"}])
def test_a_schema_that_allows_anything_says_so(node: Any) -> None:
    assert written(node)["anyOf"] == ANYTHING


def test_a_description_stays_beside_anything() -> None:
    assert written({"description": "x"})["description"] == "x"


def test_a_property_that_may_not_be_there_is_left_out() -> None:
    schema = {"type": "object", "properties": {"a": False, "b": {"type": "string"}}}
    assert list(subset(schema, "tools")["properties"]) == ["b"]


def test_no_type_stands_beside_any_of() -> None:
    node = {"type": "string", "description": "x", "anyOf": [{"minLength": 1}, {"type": "null"}]}
    assert written(node) == {
        "description": "x",
        "anyOf": [{"type": "string", "minLength": 1}, {"type": "null"}],
    }


def test_one_of_becomes_any_of() -> None:
    node = {"oneOf": [{"type": "string"}, {"type": "null"}]}
    assert written(node) == {"anyOf": [{"type": "string"}, {"type": "null"}]}


def test_all_of_one_is_that_one() -> None:
    node = {"allOf": [{"type": "string"}], "description": "x"}
    assert written(node) == {"type": "string", "description": "x"}


def test_a_tuple_is_prefix_items() -> None:
    node = {"type": "array", "items": [{"type": "string"}, {"enum": [1]}], "additionalItems": False}
    assert written(node) == {
        "type": "array",
        "prefixItems": [{"type": "string"}, {"type": "number", "enum": [1]}],
    }


@pytest.mark.parametrize("name", ["additionalProperties", "patternProperties"])
def test_schemas_of_other_properties_are_written_too(name: str) -> None:
    inner: Any = {"const": 1} if name == "additionalProperties" else {"^x": {"const": 1}}
    found = written({"type": "object", name: inner})[name]
    found = found["^x"] if name == "patternProperties" else found
    assert found["type"] == "number"


# --- references ---


@pytest.mark.parametrize("place", ["$defs", "definitions"])
def test_a_local_reference_is_written_out(place: str) -> None:
    definitions = {place: {"Place": {"type": "string", "description": "old"}}}
    node = {"$ref": f"#/{place}/Place", "description": "new"}
    assert written(node, **definitions) == {"type": "string", "description": "new"}


def test_definitions_are_gone_afterwards() -> None:
    schema = {"type": "object", "properties": {}, "$defs": {"A": {}}, "$schema": "x"}
    assert subset(schema, "tools") == {"type": "object", "properties": {}}


def test_a_reference_through_a_reference_is_written_out() -> None:
    definitions = {"A": {"$ref": "#/$defs/B"}, "B": {"type": "number"}}
    assert written({"$ref": "#/$defs/A"}, **{"$defs": definitions}) == {"type": "number"}


def test_an_escaped_reference_is_found() -> None:
    definitions = {"a/b c~": {"type": "number"}}
    node = {"$ref": "#/$defs/a~1b%20c~0"}
    assert written(node, **{"$defs": definitions}) == {"type": "number"}


def test_a_reference_to_itself_ends_as_an_object() -> None:
    tree = {"type": "object", "properties": {"child": {"$ref": "#/$defs/Tree"}}}
    found = written({"$ref": "#/$defs/Tree"}, **{"$defs": {"Tree": tree}})
    assert found["properties"]["child"] == {"type": "object"}


@pytest.mark.parametrize("reference", ["#/$defs/None", "https://x.test/s", 7, "#/type"])
def test_a_reference_to_nowhere_is_an_object(reference: Any) -> None:
    assert written({"$ref": reference}) == {"type": "object"}


def test_a_root_may_be_a_reference() -> None:
    schema = {"$ref": "#/$defs/A", "$defs": {"A": {"properties": {"a": {"const": 1}}}}}
    assert subset(schema, "tools")["properties"]["a"]["type"] == "number"


def test_a_schema_that_explodes_is_refused() -> None:
    levels = 40
    definitions: Any = {f"L{levels}": {"type": "string"}}
    for level in range(levels):
        step = {"$ref": f"#/$defs/L{level + 1}"}
        definitions[f"L{level}"] = {"type": "object", "properties": {"a": step, "b": step}}
    with pytest.raises(ProviderError) as raised:
        written({"$ref": "#/$defs/L0"}, **{"$defs": definitions})
    assert raised.value.failure.kind is ErrorKind.UNSUPPORTED
    assert str(MOST_NODES) in raised.value.failure.message


def test_the_clients_own_schema_is_not_changed() -> None:
    schema = {"type": "object", "properties": {"a": {"oneOf": [{}]}}}
    subset(schema, "tools")
    assert schema == {"type": "object", "properties": {"a": {"oneOf": [{}]}}}
