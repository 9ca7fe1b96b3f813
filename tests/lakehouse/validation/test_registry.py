"""Which validators there are: ours in step with what profiles know, and those of packages."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse.validation import registry
from lakehouse.validation.subject import Subject
from profiles.execution import validators
from tests.lakehouse.validation.finding import found

TONE = """
from lakehouse.validation import Invalid

def tone(settings):
    if not isinstance(settings.get("word", "please"), str):
        raise ValueError("word is a text")
    def check(subject):
        if settings.get("word", "please") not in subject.text:
            yield Invalid("policy", "$", "It is not polite.")
    return check

def fails(settings):
    def check(subject):
        raise RuntimeError("SECRET")
    return check

def endless(settings):
    def check(subject):
        while True:
            yield Invalid("policy", "$", "again")
    return check

nothing = 3
"""
METADATA = "Metadata-Version: 2.1\nName: acme\nVersion: 1\n"
POINTS = """[lakehouse.validators]
tone = acme_checks:tone
fails = acme_checks:fails
endless = acme_checks:endless
number = acme_checks:nothing
gone = acme_checks:nowhere
absent = acme_absent:tone
json = acme_checks:tone
"""


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed package with validators, good and broken."""
    (tmp_path / "acme_checks.py").write_text(TONE)
    (tmp_path / "acme-1.dist-info").mkdir()
    (tmp_path / "acme-1.dist-info" / "METADATA").write_text(METADATA)
    (tmp_path / "acme-1.dist-info" / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    _forget()
    yield
    monkeypatch.undo()
    sys.modules.pop("acme_checks", None)
    _forget()


def _forget() -> None:
    validators.installed.cache_clear()
    registry._installed.cache_clear()
    registry.built.cache_clear()


GOOD: dict[str, Any] = {
    "json": {},
    "json_schema": {"schema": {}},
    "regex": {"must_match": "x"},
    "required_fields": {"fields": ["a"]},
    "citations": {},
    "max_length": {"words": 1},
    "language_of_refusal": {},
}


def test_profiles_and_validators_are_in_step() -> None:
    folder = Path(registry.__file__).with_name("validators")
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert modules == set(validators.VALIDATORS) == set(validators._CHECKS) == set(GOOD)
    named = validators.named([{name: settings} for name, settings in GOOD.items()])
    assert [each.name for each in registry.built(named)] == list(GOOD)


def test_a_packages_validator_is_named_like_ours(acme: None) -> None:
    (error,) = found("Give it to me.", "tone")
    assert (error.validator, error.message) == ("tone", "It is not polite.")
    assert found("Give it to me, thanks.", {"tone": {"word": "thanks"}}) == []
    validators.check(["tone", {"fails": {"any": ["setting"]}}])


@pytest.mark.parametrize(
    ("validator", "said"),
    [
        ("number", "number: acme_checks:nothing is no function"),
        ("gone", "gone: acme_checks:nowhere cannot be loaded"),
        ("absent", "absent: acme_absent:tone cannot be loaded"),
        ({"tone": {"word": 3}}, "its settings are wrong (ValueError: word is a text)"),
        ("fails", "It failed itself (RuntimeError)."),
    ],
)
def test_no_answer_passes_one_that_is_broken(acme: None, validator: Any, said: str) -> None:
    (error,) = found("please", validator)
    assert error.message.startswith("It was not checked.")
    assert said in error.message
    assert (error.kind, error.final) == ("policy", True)
    assert "SECRET" not in error.message


def test_one_that_never_stops_finding_is_stopped(acme: None) -> None:
    assert len(found("x", "endless")) == 50


def test_a_broken_one_is_an_error_with_its_name_at_start_up(acme: None) -> None:
    errors = [str(e.msg) for e in run_checks(tags=["validation"])]
    assert sorted(text.partition(":")[0] for text in errors) == ["absent", "gone", "json", "number"]


def test_one_that_is_no_longer_installed_lets_nothing_pass() -> None:
    (made,) = registry.built((validators.Named("left"),))
    (error,) = registry_check(made)
    assert "left: no installed package provides this validator" in error


def registry_check(made: registry.Validator) -> list[str]:
    return [error.message for error in made.check(Subject("x"))]


WRONG: list[tuple[Any, str]] = [
    ("json", "Write a list"),
    ([3], "A validator is a name"),
    ([{"json": {}, "regex": {}}], "A validator is a name"),
    (["jsn"], 'Did you mean "json"?'),
    (["json", {"json": {}}], "Name each once"),
    (["json"] * 21, "at most 20"),
    ([{"json": {"a": 1}}], 'json: There is no setting "a". It has none.'),
    ([{"json": []}], "its settings are an object"),
    (["json_schema"], "It needs a schema"),
    ([{"json_schema": {"schema": []}}], "A schema is an object"),
    ([{"json_schema": {"schema": {"type": "x"}}}], "not valid at $.type"),
    ([{"json_schema": {"shema": {}}}], 'Did you mean "schema"?'),
    (["regex"], "It needs must_match"),
    ([{"regex": {"must_match": "("}}], "no regular expression"),
    ([{"regex": {"must_match": 3}}], "must_match is a text, or a list"),
    ([{"regex": {"must_match": "x" * 1001}}], "1 to 1000 characters"),
    (["required_fields"], "It needs fields"),
    ([{"required_fields": {"fields": ["a..b"]}}], "is no path"),
    ([{"citations": {"required": "yes"}}], "true or false"),
    (["max_length"], "It needs characters, words or tokens"),
    ([{"max_length": {"words": 0}}], "whole number from 1"),
    ([{"max_length": {"words": True}}], "whole number from 1"),
    ([{"json_schema": {"schema": {"const": "x" * 130_000}}}], "over 128000 bytes"),
    ([{"json_schema": {"schema": {"const": "a\0b"}}}], "a NUL"),
]


@pytest.mark.parametrize(("value", "said"), WRONG)
def test_a_list_that_is_wrong_is_said_to_be(value: Any, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        validators.check(value)
    assert said in caught.value.messages[0]


def test_depth_is_bounded() -> None:
    deep: Any = {}
    for _ in range(60):
        deep = {"not": deep}
    with pytest.raises(ValidationError, match="nested deeper than 40"):
        validators.named([{"json_schema": {"schema": deep}}])


NAMES = st.sampled_from([*validators.VALIDATORS, "nope", ""])
SETTINGS = st.sampled_from(
    ["schema", "must_match", "must_not_match", "fields", "required", "words", "tokens", "x"]
)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SETTINGS, inner, max_size=3),
    max_leaves=8,
)
LISTS = st.lists(NAMES | st.dictionaries(NAMES, PLAIN, max_size=2) | PLAIN, max_size=4) | PLAIN


@settings(max_examples=150, deadline=None, derandomize=True)
@given(LISTS, st.text(max_size=20) | PLAIN.map(lambda value: json.dumps(value)))
def test_any_list_is_refused_or_decides_about_any_text(value: Any, text: str) -> None:
    try:
        held = registry.built(validators.named(value))
    except ValidationError:
        return
    for made in held:
        assert "failed itself" not in str(made.check(Subject(text)))
