"""An execution profile's validators, by every door: form, REST, commands, files, calls."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from profiles import editing, live
from profiles.admin.fields import ItemsField
from profiles.documents import reading, writing
from profiles.execution.validators import Named
from profiles.live import Profiles
from profiles.models import ExecutionProfile
from tests.profiles.making import activated, profile

pytestmark = pytest.mark.django_db

HELD = ["json", {"max_length": {"words": 500}}, {"json_schema": {"schema": {"const": None}}}]


def test_what_is_activated_is_what_calls_are_held_to() -> None:
    row: Any = activated(profile("execution", "held", validators=HELD))
    found = live.load(Profiles()).execution[row.name].validators
    assert found[:2] == (Named("json"), Named("max_length", b'{"words":500}'))
    assert hash(found)


def test_a_list_of_names_from_before_stays_what_it_was() -> None:
    editing.filled(ExecutionProfile(name="old"), {"validators": ["json"]})


def test_a_null_survives_a_file() -> None:
    text = writing.document([profile("execution", "held", validators=HELD)])
    (entry,) = reading.parse(text, "x.toml")
    again = editing.filled(ExecutionProfile(name="again"), entry.values)
    assert again.validators == HELD  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([{"max_length": {"words": "many"}}], "max_length: words is a whole number"),
        ([{"json_schema": {"schema": {"type": "objekt"}}}], "not valid at $.type"),
        (['{"json_schema":'], "is not valid JSON"),
        ({"json": {}}, "Write a list"),
    ],
)
def test_what_is_wrong_with_settings_is_the_fields_error(value: Any, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        editing.filled(ExecutionProfile(name="x"), {"validators": value})
    assert said in caught.value.message_dict["validators"][0]


def test_a_shell_takes_a_name_or_a_list() -> None:
    call_command("profiles", "create", "execution", "one", "validators=citations")
    call_command(
        "profiles",
        "create",
        "execution",
        "two",
        'validators=["json", {"regex": {"must_match": "x"}}]',
    )
    rows = ExecutionProfile.objects.order_by("name")
    assert [row.validators for row in rows] == [
        ["citations"],
        ["json", {"regex": {"must_match": "x"}}],
    ]
    with pytest.raises(CommandError, match="There is no"):
        call_command("profiles", "create", "execution", "three", "validators=citation_s")


def test_a_form_has_one_a_line() -> None:
    field = ItemsField(required=False)
    typed = field.prepare_value(HELD)
    assert typed.splitlines()[:2] == ["json", '{"max_length": {"words": 500}}']
    assert field.clean(typed) == HELD
    assert field.clean('["json"]') == ["json"]
    assert not field.has_changed(HELD, typed)


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"a": }'])
def test_a_form_says_what_is_no_json(text: str) -> None:
    with pytest.raises(ValidationError):
        ItemsField(required=False).clean(text)
