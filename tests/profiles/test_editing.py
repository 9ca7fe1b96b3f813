"""A profile is filled, saved and deleted in one way, and every refusal says what to do."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from profiles import editing
from profiles.editing import InUse, Stale
from profiles.kinds import Kind, model_of
from profiles.models import Activation, ExecutionProfile, Ladder
from providers.models import Provider
from tests.profiles.making import (
    OTHER_VALUES,
    activated,
    changed,
    execution,
    ladder,
    named_rows,
    profile,
    provider,
)

pytestmark = pytest.mark.django_db


def faults(kind: str, name: str = "x", **values: Any) -> dict[str, list[str]]:
    """What is wrong with a profile of these values. Fails the test when nothing is."""
    with pytest.raises(ValidationError) as caught:
        editing.filled(model_of(kind)(name=name), values)
    return caught.value.message_dict


# --- filling ----------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind.values)
def test_every_field_can_be_set(kind: str) -> None:
    named_rows()
    row = editing.filled(model_of(kind)(name="support"), OTHER_VALUES[kind])
    assert editing.save(row).values == {"name": "support"} | OTHER_VALUES[kind]


def test_an_unknown_field_is_answered_with_the_nearest() -> None:
    assert faults("execution", temprature=1) == {
        "temprature": ['There is no such field. Did you mean "temperature"?']
    }


def test_the_older_systems_words_are_known() -> None:
    assert "max_output_tokens" in faults("execution", max_tokens=1)["max_tokens"][0]


def test_a_reference_to_nothing_is_answered_with_the_nearest() -> None:
    provider("echo")
    assert faults("execution", provider="ecko") == {
        "provider": ['There is no provider "ecko". Did you mean "echo"?']
    }


@pytest.mark.parametrize("value", [7, ["echo"], "e\0", "\ud800"])
def test_a_reference_that_is_no_name_is_refused(value: object) -> None:
    provider("echo")
    assert "There is no provider" in faults("execution", provider=value)["provider"][0]


def test_an_empty_reference_is_none() -> None:
    provider("echo")
    row = editing.filled(execution(provider="echo"), {"provider": ""})
    assert row.values["provider"] is None


def test_all_faults_are_said_at_once() -> None:
    found = faults("execution", "Bad Name", temperature=3, nonsense=1, ladder="none")
    assert sorted(found) == ["ladder", "name", "nonsense", "temperature"]


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("execution", "temperature", 2.1),
        ("execution", "temperature", float("nan")),
        ("execution", "top_p", -0.1),
        ("execution", "top_k", 0),
        ("execution", "max_output_tokens", 2_000_001),
        ("execution", "seed", 2**63),
        ("execution", "stop", ["a"] * 17),
        ("execution", "stop", [""]),
        ("execution", "reasoning_effort", "huge"),
        ("execution", "validators", ["xml"]),
        ("execution", "system_prompt", "a\0b"),
        ("execution", "output_floor", -1),
        ("execution", "model", "two\nlines"),
        ("retrieval", "top_k", 0),
        ("retrieval", "score_threshold", 1.5),
        ("retrieval", "freshness_cutoff_days", 0),
        ("retrieval", "sensitivity_gate", "secret"),
        ("memory", "playbook_boost_ceiling", 1.1),
        ("memory", "retire_below_success", -1),
        ("observer", "failure_cluster_size", 0),
        ("observer", "alert_cooldown_secs", -1),
    ],
)
def test_a_value_out_of_its_range_is_the_fields_error(kind: str, field: str, value: Any) -> None:
    assert field in faults(kind, **{field: value})


@pytest.mark.parametrize(
    ("kind", "column", "value", "constraint"),
    [
        ("execution", "temperature", 3, "execution_temperature_is_in_range"),
        ("execution", "output_floor", 1_000_001, "execution_output_floor_is_in_range"),
        ("retrieval", "top_k", 4, "retrieval_rerank_top_k_is_at_most_top_k"),
        ("retrieval", "sensitivity_gate", "x", "retrieval_sensitivity_gate_is_a_known_label"),
        ("memory", "history_turns", 1001, "memory_history_turns_is_in_range"),
        ("observer", "ring_size", 0, "observer_ring_size_is_in_range"),
    ],
)
def test_the_database_keeps_the_ranges_too(
    kind: str, column: str, value: object, constraint: str
) -> None:
    profile(kind)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        model_of(kind).objects.update(**{column: value})
    assert editing.constraint_of(caught.value) == constraint


def test_the_database_keeps_names_lower_case() -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        model_of("memory").objects.create(name="Bad")
    assert editing.constraint_of(caught.value) == "memory_profile_name_is_lowercase"


def test_no_more_passages_are_kept_than_found() -> None:
    assert "cannot be more than top_k" in faults("retrieval", top_k=4)["rerank_top_k"][0]


@pytest.mark.parametrize("name", ["", "Support", "1st", "a b", "a" * 64, "live", "bücher"])
def test_a_name_that_calls_could_not_use_is_refused(name: str) -> None:
    assert "name" in faults("memory", name)


def test_a_name_is_there_once() -> None:
    profile("memory", "x")
    assert "already exists" in faults("memory", "x")["name"][0]


# --- saving -----------------------------------------------------------------


def test_a_change_against_the_present_revision_is_saved() -> None:
    row = editing.filled(execution(), {"temperature": 0.2})
    assert editing.save(row, expected=1).revision == 2
    assert ExecutionProfile.objects.get().temperature == 0.2


def test_a_change_against_an_older_revision_is_refused_and_nothing_is_written() -> None:
    row = execution()
    changed(ExecutionProfile.objects.get(), owner="other")
    with pytest.raises(Stale, match="at revision 2 by now, not at 1"):
        editing.save(editing.filled(row, {"temperature": 0.2}), expected=1)
    assert ExecutionProfile.objects.get().temperature is None


# --- deleting ---------------------------------------------------------------


def test_a_draft_is_deleted() -> None:
    editing.delete(execution())
    assert ExecutionProfile.objects.count() == 0


def test_a_live_one_is_not_deleted() -> None:
    with pytest.raises(InUse, match="is the live execution profile, so calls use it"):
        editing.delete(activated(execution()))


def test_one_that_goes_live_meanwhile_is_not_deleted() -> None:
    row = execution()
    activated(ExecutionProfile.objects.get())
    with pytest.raises(InUse, match="Activate another first"):
        editing.delete(row)


def test_one_that_others_name_is_not_deleted() -> None:
    docs = profile("retrieval", "docs")
    execution(retrieval="docs")
    with pytest.raises(InUse, match="docs is used by execution profile support"):
        editing.delete(docs)


def test_one_that_is_being_activated_is_not_deleted() -> None:
    row = execution()
    Activation.objects.create(number=1, kind="execution", profile="support", revision=1)
    with pytest.raises(InUse, match="being activated"):
        editing.delete(row)


def test_a_ladder_or_provider_that_a_profile_names_is_not_deleted() -> None:
    execution(provider=provider("echo").name, ladder=ladder("fast").name)
    for row in (Ladder.objects.get(), Provider.objects.get()):
        with pytest.raises(ProtectedError):
            row.delete()


def test_an_owner_is_one_line() -> None:
    assert "one line" in faults("execution", owner="a\nb")["owner"][0]


def test_numbers_are_said_in_plain_digits() -> None:
    said = faults("execution", output_floor=1_000_001)["output_floor"]
    assert said == ["Write a number from 0 to 1000000."]
