"""Traffic gets activated revisions only, and what cannot be read replaces nothing good."""

import logging

import pytest
from django.db import IntegrityError, connection
from django.urls import reverse

from profiles import live
from profiles.base import Profile
from profiles.editing import constraint_of
from profiles.kinds import Kind
from profiles.live import Profiles
from profiles.models import Rung
from profiles.parameters import Parameters
from tests.profiles.admin.people import signed_in
from tests.profiles.making import activated, changed, execution, ladder, profile, provider
from tests.profiles.rest import client_of, url

pytestmark = pytest.mark.django_db


def test_a_draft_is_not_there() -> None:
    execution()
    found = live.load(Profiles())
    assert (found.execution, found.live, found.never_activated) == ({}, {}, frozenset({"support"}))


def test_an_edit_reaches_no_call_until_it_is_activated() -> None:
    row = activated(execution(temperature=0.2))
    changed(row, temperature=0.4)
    found = live.load(Profiles()).execution["support"]
    assert (str(found), found.parameters) == ("support@1", Parameters(temperature=0.2))
    activated(row)
    assert str(live.load(Profiles()).execution["support"]) == "support@2"


def test_the_live_one_is_known_and_the_others_can_be_named() -> None:
    activated(execution("one"))
    activated(execution("two", system_prompt="Be brief."))
    found = live.load(Profiles())
    assert sorted(found.execution) == ["one", "two"]
    assert found.live_execution is not None
    assert found.live_execution.system_prompt == "Be brief."


def test_no_live_one_is_none() -> None:
    activated(execution(), live=False)
    assert live.load(Profiles()).live_execution is None


def test_references_are_names_and_open_ones_are_empty() -> None:
    provider("echo")
    profile("memory", "m")
    activated(execution(provider="echo", memory="m"))
    found = live.load(Profiles()).execution["support"]
    assert (found.provider, found.memory, found.ladder) == ("echo", "m", "")


def test_without_a_live_observer_profile_its_defaults_watch() -> None:
    assert live.load(Profiles()).live_observer.ring_size == 2000


@pytest.mark.parametrize("kind", [Kind.RETRIEVAL, Kind.MEMORY, Kind.OBSERVER])
def test_a_profile_of_another_kind_is_read_whole(kind: Kind) -> None:
    row = activated(profile(kind))
    found = getattr(live.load(Profiles()), f"live_{kind}")
    assert str(found) == "support@1"
    own = {name: value for name, value in row.values.items() if hasattr(found, name)}
    assert len(own) > 6
    assert {name: getattr(found, name) for name in own} == own


def test_a_ladder_is_in_force_as_it_stands() -> None:
    provider("echo"), provider("corp")
    row = ladder("fast", "corp", "echo", deadline_secs=30)
    Rung.objects.filter(position=1).update(
        position=5, parameters={"temperature": 0}, on_errors=["timeout"], on_answers=["empty"]
    )
    found = live.load(Profiles()).ladders[row.name]
    assert (found.deadline_secs, [rung.provider for rung in found.rungs]) == (30, ["echo", "corp"])
    last = found.rungs[1]
    assert (last.parameters, last.on_answers) == (Parameters(temperature=0), frozenset({"empty"}))


def test_a_row_that_cannot_be_read_leaves_the_last_good_value(
    caplog: pytest.LogCaptureFixture,
) -> None:
    row = activated(execution())
    activated(execution("other"), live=False)
    before = live.load(Profiles())
    with connection.cursor() as cursor:  # a value that no door takes
        cursor.execute(
            "UPDATE profiles_executionprofile SET stop = ARRAY[NULL] WHERE name=%s", ["support"]
        )
    row.refresh_from_db()
    activated(row)
    with caplog.at_level(logging.ERROR):
        found = live.load(before)
    assert (str(found.execution["support"]), str(found.execution["other"])) == (
        "support@1",
        "other@1",
    )
    assert "the execution profile support cannot be read" in caplog.text
    assert "support" not in live.load(Profiles()).execution


def test_a_ladder_that_cannot_be_read_leaves_the_last_good_value() -> None:
    provider("echo")
    ladder("fast", "echo"), ladder("other", "echo")
    before = live.load(Profiles())
    Rung.objects.filter(ladder__name="fast").update(parameters={"temperature": "hot"})
    assert live.load(before).ladders == before.ladders
    assert list(live.load(Profiles()).ladders) == ["other"]


def lost(row: Profile) -> None:
    """Its pointer goes where no revision is: past the trigger that keeps it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE profiles_executionprofile SET activated_revision = 999")
        cursor.execute("SET LOCAL session_replication_role = origin")
    row.refresh_from_db()


def test_a_pointer_to_no_revision_leaves_the_last_good_value(
    caplog: pytest.LogCaptureFixture,
) -> None:
    row = activated(execution())
    before = live.load(Profiles())
    lost(row)
    with caplog.at_level(logging.ERROR):
        found = live.load(before)
    assert (str(found.live_execution), found.live) == ("support@1", before.live)
    assert "support is at revision 999, which is not kept" in caplog.text


def test_a_pointer_to_no_revision_is_said_plainly() -> None:
    row = activated(execution())
    lost(row)
    client = client_of("view_executionprofile")
    told = client.get(url("execution", "support")).data["standing"]
    assert "live: revision 999, which is not kept." in told
    answer = client.get(url("execution", "support", "diff"))
    assert (answer.status_code, "has no revision 999" in str(answer.data)) == (404, True)
    page = signed_in("ana").get(reverse("admin:profiles_executionprofile_change", args=[row.pk]))
    assert "It is at revision 999, which is not kept." in page.content.decode()


@pytest.mark.parametrize(
    ("column", "constraint"),
    [
        ("activated_revision = 999", "an_activated_revision_is_kept"),
        ("name = 'other'", "a_name_is_for_ever"),
    ],
)
@pytest.mark.parametrize("kind", Kind)
def test_the_database_keeps_names_and_pointers(kind: Kind, column: str, constraint: str) -> None:
    activated(profile(kind))
    statement = f"UPDATE profiles_{kind}profile SET {column}"
    with pytest.raises(IntegrityError) as caught, connection.cursor() as cursor:
        cursor.execute(statement)
    assert constraint_of(caught.value) == constraint
