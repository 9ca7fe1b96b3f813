from typing import Any

import pytest

from providers.adapters.claude.schema import narrowed, told


def only(schema: dict[str, Any]) -> Any:
    return narrowed(schema)[0]


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def test_every_object_is_closed_at_any_depth() -> None:
    inner = {"type": "object", "properties": {}}
    schema = {"type": "object", "properties": {"a": {"type": "array", "items": inner}}}
    assert only(schema) == closed(a={"type": "array", "items": closed()})


def test_an_object_that_may_be_null_is_closed() -> None:
    assert only({"type": ["object", "null"]})["additionalProperties"] is False


def test_objects_in_definitions_and_unions_are_closed() -> None:
    schema = {"$defs": {"A": {"type": "object"}}, "anyOf": [{"$ref": "#/$defs/A"}, {"not": {}}]}
    assert only(schema) == {
        "$defs": {"A": {"type": "object", "additionalProperties": False}},
        "anyOf": [{"$ref": "#/$defs/A"}, {"not": {}}],
    }


@pytest.mark.parametrize(
    "limit", ["minimum", "maximum", "exclusiveMinimum", "multipleOf", "maxLength", "maxItems"]
)
def test_a_limit_moves_into_the_description(limit: str) -> None:
    schema, lost = narrowed({"type": "integer", limit: 3, "description": "Years."})
    assert schema == {"type": "integer", "description": f"Years. ({limit} 3)"}
    assert lost == {limit}


def test_a_limit_without_a_description_becomes_one() -> None:
    assert only({"type": "string", "minLength": 2})["description"] == "(minLength 2)"


def test_a_list_may_be_asked_to_hold_one_item_but_not_two() -> None:
    assert only({"type": "array", "minItems": 1}) == {"type": "array", "minItems": 1}
    assert only({"type": "array", "minItems": 2}) == {
        "type": "array",
        "description": "(minItems 2)",
    }


def test_a_property_named_like_a_limit_stays() -> None:
    assert only(closed(minimum={"type": "integer"})) == closed(minimum={"type": "integer"})


def test_values_that_look_like_schemas_stay() -> None:
    schema = {"enum": [{"type": "object"}], "default": {"type": "object", "minimum": 1}}
    assert only(schema) == schema


def test_one_of_becomes_any_of() -> None:
    assert only({"oneOf": [{"type": "string"}]}) == {"anyOf": [{"type": "string"}]}


def test_an_open_object_is_closed_and_that_is_told() -> None:
    schema, lost = narrowed({"type": "object", "additionalProperties": {"type": "string"}})
    assert schema["additionalProperties"] is False
    assert told(lost).endswith("additionalProperties")


def test_a_schema_that_is_just_true_stays() -> None:
    assert only({"type": "array", "items": True}) == {"type": "array", "items": True}


def test_the_clients_schema_is_not_changed() -> None:
    schema = {"type": "object", "properties": {"a": {"minimum": 1}}}
    narrowed(schema)
    assert schema == {"type": "object", "properties": {"a": {"minimum": 1}}}
