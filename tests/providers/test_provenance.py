"""Each field tells where its value came from."""

import logging

import pytest

from providers import fields
from providers.provenance import Applied, Origin, Provenance, provenance, total_override

START = fields.starting("echo")
APPLIED = Applied(START | {"default_model": "m"}, frozenset({"kind", "default_model"}))


def of(field: str, entries: tuple[Provenance, ...]) -> Provenance:
    return next(entry for entry in entries if entry.field == field)


def test_a_field_named_in_the_file_comes_from_the_file() -> None:
    found = provenance(APPLIED.values, APPLIED, START)
    assert of("default_model", found) == Provenance("default_model", "m", Origin.FILE)


def test_a_field_that_the_file_leaves_out_is_the_kinds_default() -> None:
    assert of("clearance", provenance(APPLIED.values, APPLIED, START)).origin is Origin.DEFAULT


def test_an_edit_of_a_file_owned_field_is_drift() -> None:
    found = provenance(APPLIED.values | {"default_model": "x"}, APPLIED, START)
    expected = Provenance("default_model", "x", Origin.ADMIN, drift=True, declared="m")
    assert of("default_model", found) == expected


def test_without_a_file_a_field_is_a_default_or_set_by_a_person() -> None:
    found = provenance(START | {"enabled": False}, None, START)
    assert of("enabled", found).origin is Origin.ADMIN
    assert of("clearance", found).origin is Origin.DEFAULT
    assert not any(entry.drift for entry in found)


def test_the_environment_overrides_the_total_timeout() -> None:
    found = of("total_timeout", provenance(START, APPLIED, START, 30.0))
    assert (found.value, found.origin) == (30.0, Origin.ENVIRONMENT)


def test_any_providers_total_timeout_can_be_set_in_the_environment() -> None:
    assert total_override("my-llm2", {"MY_LLM2_TIMEOUT_SECS": " 30 "}) == 30.0


def test_an_unset_variable_overrides_nothing() -> None:
    assert total_override("echo", {"ECHO_TIMEOUT_SECS": ""}) is None


@pytest.mark.parametrize("text", ["soon", "-1", "0", "nan", "inf", "1e9"])
def test_an_unusable_timeout_is_logged_and_not_applied(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        assert total_override("echo", {"ECHO_TIMEOUT_SECS": text}) is None
    assert "ECHO_TIMEOUT_SECS is not a number of seconds" in caplog.text
