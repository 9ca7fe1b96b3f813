"""Every save is a revision, counted and kept by the database itself, and never changed."""

import pytest
from django.db import DatabaseError, connection, transaction

from profiles import revisions
from profiles.base import Profile
from profiles.kinds import Kind, model_of
from profiles.models import ExecutionProfile
from profiles.revisions import Change, Revision
from tests.profiles.making import OTHER_VALUES, activated, changed, execution, named_rows, profile

pytestmark = pytest.mark.django_db
KINDS = pytest.mark.parametrize("kind", Kind.values)


def sql(statement: str, *values: str | int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def refused(statement: str, *values: str | int) -> str:
    """What the database says against the statement. Fails the test when it takes it."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        sql(statement, *values)
    return str(caught.value)


def numbers(row: Profile) -> list[tuple[int, str]]:
    return [(revision.number, revision.event) for revision in row.history]


# --- counting ---------------------------------------------------------------


@KINDS
def test_a_save_that_changes_something_is_a_revision(kind: str) -> None:
    row = changed(profile(kind), owner="team")
    assert row.revision == 2
    assert numbers(row) == [(2, "changed"), (1, "created")]


@KINDS
def test_a_save_that_changes_nothing_is_none(kind: str) -> None:
    row = profile(kind)
    row.save()
    assert (row.revision, numbers(row)) == (1, [(1, "created")])


@KINDS
def test_raw_sql_is_counted_and_kept_too(kind: str) -> None:
    row = profile(kind)
    sql(f"UPDATE profiles_{kind}profile SET owner = 'team' WHERE name = %s", row.name)
    row.refresh_from_db()
    assert row.revision == 2
    assert row.at(2).values["owner"] == "team"


@KINDS
def test_every_field_counts(kind: str) -> None:
    named_rows()
    row = profile(kind)
    for count, (field, value) in enumerate(OTHER_VALUES[kind].items(), start=2):
        model_of(kind).objects.filter(pk=row.pk).update(**{field: value})
        row.refresh_from_db()
        assert row.revision == count, field


def test_a_number_cannot_be_chosen_or_turned_back() -> None:
    row = changed(execution(), owner="team")
    sql("UPDATE profiles_executionprofile SET revision = 1")
    row.refresh_from_db()
    assert row.revision == 2


def test_what_an_activation_moves_is_no_revision() -> None:
    assert numbers(activated(execution())) == [(1, "created")]


def test_a_new_row_is_neither_live_nor_activated_whatever_the_statement_says() -> None:
    row = ExecutionProfile.objects.create(name="x", live=True, activated_revision=7, revision=9)
    assert (row.revision, row.live, row.activated_revision) == (1, False, None)


def test_a_names_numbers_never_repeat() -> None:
    changed(execution(), owner="team").delete()
    again = execution()
    assert (again.revision, numbers(again)) == (3, [(3, "created")])


# --- keeping ----------------------------------------------------------------


@KINDS
def test_a_revision_is_never_changed_or_deleted(kind: str) -> None:
    profile(kind)
    assert "append_only" in refused(f"UPDATE profiles_{kind}revision SET owner = 'x'")
    assert "append_only" in refused(f"DELETE FROM profiles_{kind}revision")


def test_a_deleted_profiles_revisions_stay() -> None:
    changed(execution(), owner="team").delete()
    kept = ExecutionProfile.revisions.rel.related_model.objects.order_by("pgh_id")  # type: ignore[attr-defined]
    assert list(kept.values_list("pgh_label", "revision")) == [
        ("created", 1),
        ("changed", 2),
        ("deleted", 2),
    ]


def test_a_revision_says_who_and_through_what() -> None:
    with revisions.acting("ada", "rest"):
        row = execution()
    assert (row.at(1).who, row.at(1).via) == ("ada", "rest")


def test_without_that_it_is_by_nobody() -> None:
    assert (execution().at(1).who, execution("b").at(1).via) == ("", "")


def test_raw_sql_within_it_is_by_the_same_person() -> None:
    row = execution()
    with revisions.acting("ada", "command"):
        sql("UPDATE profiles_executionprofile SET owner = 'team'")
    assert row.at(2).who == "ada"


def test_a_revision_holds_the_whole_state() -> None:
    row = execution(temperature=0.2, stop=["END"])
    changed(row, temperature=0.4)
    assert row.at(1).values == row.values | {"temperature": 0.2}
    assert str(row.at(1)) == "support@1"


def test_a_revision_that_is_not_there_is_answered_with_those_that_are() -> None:
    row = changed(execution(), owner="team")
    with pytest.raises(Revision.DoesNotExist, match=r"no revision 7\. Its revisions: 1, 2\."):
        row.at(7)


# --- comparing --------------------------------------------------------------


def test_a_difference_names_each_field_with_both_values() -> None:
    before = {"a": 1, "b": [1], "gone": 2}
    after = {"b": [1, 2], "a": 1, "new": None}
    assert revisions.diff(before, after) == [
        Change("b", [1], [1, 2]),
        Change("new", None, None),
        Change("gone", 2, None),
    ]


def test_equal_states_do_not_differ() -> None:
    assert revisions.diff({"a": 1}, {"a": 1.0}) == []


# --- one live ---------------------------------------------------------------


@KINDS
def test_the_database_keeps_a_second_one_from_being_live(kind: str) -> None:
    activated(profile(kind, "one"))
    profile(kind, "two")
    statement = f"UPDATE profiles_{kind}profile SET live = true, activated_revision = 1"
    assert f"one_live_{kind}_profile" in refused(statement)


@KINDS
def test_what_was_never_activated_cannot_be_live(kind: str) -> None:
    profile(kind)
    said = refused(f"UPDATE profiles_{kind}profile SET live = true")
    assert f"live_{kind}_profile_has_an_activated_revision" in said


@KINDS
def test_a_live_profile_is_not_deleted(kind: str) -> None:
    activated(profile(kind))
    said = refused(f"DELETE FROM profiles_{kind}profile")
    assert "support is live, so calls use it. Activate another first." in said


@KINDS
def test_one_that_is_no_longer_live_can_be_deleted(kind: str) -> None:
    activated(profile(kind, "one"))
    activated(profile(kind, "two"))
    sql(f"DELETE FROM profiles_{kind}profile WHERE name = 'one'")
    assert model_of(kind).objects.count() == 1
