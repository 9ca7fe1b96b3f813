"""A provider that may not be called unattended gets onto no ladder, by any door."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from profiles.editing import constraint_of
from profiles.ladder.model import MOST_RUNGS, not_unattended
from profiles.ladder.policy import Rung as Policy
from profiles.models import Ladder, Rung
from providers.errors import ErrorKind, failure
from providers.models import Provider
from tests.profiles.making import ladder, provider

pytestmark = pytest.mark.django_db


def broken(statement: str) -> IntegrityError:
    """The database's refusal. Fails the test when it takes the statement."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as sql:
        sql.execute(statement)
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return caught.value


def rung_faults(**values: Any) -> dict[str, list[str]]:
    row = Rung(**{"ladder": Ladder.objects.get(), "position": 1, "provider_id": "echo"} | values)
    with pytest.raises(ValidationError) as caught:
        row.full_clean()
    return caught.value.message_dict


# --- gated providers --------------------------------------------------------


def test_a_gated_provider_is_refused_by_the_row() -> None:
    provider("gated", unattended=False)
    ladder()
    assert rung_faults(provider_id="gated") == {"provider": [not_unattended("gated")]}


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO profiles_rung (ladder_id, position, provider_id, model, parameters, "
        "on_errors, on_answers) SELECT id, 2, 'gated', '', '{}', '{}', '{}' FROM profiles_ladder",
        "UPDATE profiles_rung SET provider_id = 'gated'",
    ],
)
def test_a_gated_provider_is_refused_by_the_database_in_the_same_words(statement: str) -> None:
    provider("gated", unattended=False), provider("echo")
    ladder("fast", "echo")
    error = broken(statement)
    assert constraint_of(error) == "a_rung_may_be_called_unattended"
    assert not_unattended("gated") in str(error)


def test_a_provider_on_a_ladder_stays_unattended_by_its_row() -> None:
    row = provider("echo")
    ladder("fast", "echo"), ladder("slow", "echo")
    row.unattended = False
    with pytest.raises(ValidationError, match="echo is on the ladders fast, slow") as caught:
        row.full_clean()
    assert list(caught.value.message_dict) == ["unattended"]


def test_a_provider_on_a_ladder_stays_unattended_by_the_database() -> None:
    provider("echo")
    ladder("fast", "echo")
    error = broken("UPDATE providers_provider SET unattended = false")
    assert constraint_of(error) == "a_rung_may_be_called_unattended"
    assert "echo is on a ladder" in str(error)


RUNG = (
    "INSERT INTO profiles_rung (ladder_id, position, provider_id, model, parameters, on_errors, "
    "on_answers) SELECT id, 2, 'later', '', '{}', '{}', '{}' FROM profiles_ladder"
)


def test_a_rung_does_not_come_before_its_provider() -> None:
    ladder()
    error = broken(RUNG)
    assert constraint_of(error) == "a_rung_names_a_provider"
    assert "There is no provider later." in str(error)


def test_a_provider_on_a_ladder_is_not_replaced_by_a_gated_one() -> None:
    provider("echo")
    ladder("fast", "echo")
    error = broken(
        "CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM providers_provider; "
        "UPDATE kept SET unattended = false; DELETE FROM providers_provider; "
        "INSERT INTO providers_provider SELECT * FROM kept"
    )
    assert constraint_of(error) == "a_rung_may_be_called_unattended"


def test_a_provider_that_was_taken_off_may_be_gated() -> None:
    provider("echo")
    ladder("fast", "echo").delete()
    assert Provider.objects.update(unattended=False) == 1


def test_other_changes_of_a_provider_on_a_ladder_are_free() -> None:
    provider("echo")
    ladder("fast", "echo")
    assert Provider.objects.update(enabled=False, default_model="m") == 1


# --- rungs ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("position", 0),
        ("position", MOST_RUNGS + 1),
        ("parameters", {"temperature": 9}),
        ("on_errors", ["nonsense"]),
        ("on_answers", ["wrong"]),
        ("model", "two\nlines"),
        ("provider_id", "none"),
    ],
)
def test_a_rung_that_could_not_be_climbed_is_refused(field: str, value: object) -> None:
    provider("echo")
    ladder()
    assert list(rung_faults(**{field: value})) == [field.removesuffix("_id")]


def test_the_database_has_at_most_nine_rungs_each_in_its_place() -> None:
    provider("echo")
    ladder("fast", *["echo"] * 9)
    assert constraint_of(broken("UPDATE profiles_rung SET position = 10 WHERE position = 9")) == (
        "a_ladder_has_at_most_nine_rungs"
    )
    assert constraint_of(broken("UPDATE profiles_rung SET position = 8 WHERE position = 9")) == (
        "one_rung_a_position"
    )


def test_rungs_can_change_places_in_one_transaction() -> None:
    provider("echo")
    ladder("fast", "echo", "echo")
    assert Rung.objects.filter(position=1).update(position=2) == 1
    assert Rung.objects.order_by("pk")[1:2].get().position == 2
    Rung.objects.filter(pk=Rung.objects.order_by("pk")[1].pk).update(position=1)
    with connection.cursor() as sql:
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("value", ["[]", '""', "null", "1"])
def test_the_database_takes_an_object_of_parameters_only(value: str) -> None:
    provider("echo")
    ladder("fast", "echo")
    error = broken(f"UPDATE profiles_rung SET parameters = '{value}'")
    assert constraint_of(error) == "the_parameters_of_a_rung_are_an_object"


def test_empty_parameters_of_a_rung_are_an_object() -> None:
    provider("echo")
    row = Rung(ladder=ladder(), position=1, provider_id="echo", parameters=[])
    row.full_clean()
    assert row.parameters == {}


@pytest.mark.parametrize("seconds", [0, 3601, float("nan"), float("inf")])
def test_a_deadline_is_at_most_an_hour(seconds: float) -> None:
    with pytest.raises(ValidationError) as caught:
        Ladder(name="x", deadline_secs=seconds).full_clean()
    assert list(caught.value.message_dict) == ["deadline_secs"]


def test_a_ladder_keeps_its_name() -> None:
    row = ladder()
    row.name = "other"
    with pytest.raises(ValidationError, match="keeps its name"):
        row.full_clean()


# --- what leads on ----------------------------------------------------------


@pytest.mark.parametrize("kind", ErrorKind)
def test_by_default_what_another_provider_might_not_have_leads_on(kind: ErrorKind) -> None:
    found = failure(kind, "")
    assert Policy(1, "echo").leads_on(found) is found.failover


def test_a_refusal_leads_on_only_where_it_is_named() -> None:
    refusal = failure(ErrorKind.CONTENT_FILTER, "", failover=True)
    assert not Policy(1, "echo").leads_on(refusal)
    assert Policy(1, "echo", on_errors=frozenset({"content_filter"})).leads_on(refusal)


def test_named_errors_are_the_only_ones_that_lead_on() -> None:
    rung = Policy(1, "echo", on_errors=frozenset({"timeout"}), on_answers=frozenset({"empty"}))
    assert rung.leads_on(failure(ErrorKind.TIMEOUT, ""))
    assert not rung.leads_on(failure(ErrorKind.SERVER, ""))
    assert (rung.leads_on_from("empty"), rung.leads_on_from("length")) == (True, False)
