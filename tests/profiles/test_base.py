"""A profile needs only a name, keeps it, and says what traffic gets of it."""

import pytest
from django.core.exceptions import ValidationError

from profiles.kinds import Kind, model_of
from profiles.models import ExecutionProfile
from tests.profiles.making import OTHER_VALUES, activated, changed, execution, profile

pytestmark = pytest.mark.django_db
KINDS = pytest.mark.parametrize("kind", Kind.values)


@KINDS
def test_a_profile_needs_only_a_name(kind: str) -> None:
    made = profile(kind)
    assert (made.revision, made.live, made.activated_revision) == (1, False, None)


@KINDS
def test_the_name_comes_first_and_what_activations_move_is_no_field_of_a_person(kind: str) -> None:
    names = model_of(kind).own_fields()
    assert names[:3] == ("name", "description", "owner")
    assert set(names) == {"name", *OTHER_VALUES[kind]}
    assert not {"id", "live", "revision", "activated_revision", "updated"} & set(names)


@pytest.mark.parametrize(
    ("kind", "defaults"),
    [
        ("retrieval", {"top_k": 20, "rerank_top_k": 5, "playbook_boost": 0.15}),
        ("memory", {"playbook_boost_ceiling": 0.25, "history_turns": 20, "doc_staleness_days": 90}),
        ("memory", {"retire_min_uses": 3, "retire_below_success": 0.80}),
        ("observer", {"failure_cluster_size": 3, "failure_cluster_secs": 300, "langfuse": False}),
        ("observer", {"alert_cooldown_secs": 300, "ring_size": 2000}),
        ("execution", {"provider": None, "temperature": None, "stop": [], "output_floor": 0}),
    ],
)
def test_defaults_are_the_designs(kind: str, defaults: dict[str, object]) -> None:
    assert profile(kind).values.items() >= defaults.items()


def test_values_hold_references_as_names() -> None:
    profile("retrieval", "docs")
    assert execution(retrieval="docs").values["retrieval"] == "docs"


def test_a_profile_keeps_its_name() -> None:
    row = execution()
    row.name = "other"
    with pytest.raises(ValidationError, match="keeps its name"):
        row.full_clean()


def test_it_says_what_traffic_gets_of_it() -> None:
    row = execution()
    assert row.standing == "draft, never activated"
    assert activated(row).standing == "live at revision 1"
    assert changed(row, temperature=0.2).standing == "live at revision 1, 1 change not live"
    changed(row, temperature=0.4, owner="team")
    assert row.standing == "live at revision 1, 2 changes not live"
    activated(execution("other"))
    row.refresh_from_db()
    assert row.standing == "activated, not live at revision 1, 2 changes not live"


def test_changes_not_live_are_the_drafts_against_the_activated_revision() -> None:
    row = activated(execution(temperature=0.2))
    assert row.changes_not_live == []
    (change,) = changed(row, temperature=0.4).changes_not_live
    assert (change.field, change.before, change.after) == ("temperature", 0.2, 0.4)


def test_of_a_profile_that_was_never_activated_every_field_is_not_live() -> None:
    row = execution()
    assert [change.field for change in row.changes_not_live] == list(row.own_fields())


def test_an_edit_that_was_taken_back_is_no_change() -> None:
    row = activated(execution(temperature=0.2))
    changed(changed(row, temperature=0.4), temperature=0.2)
    assert (row.revision, row.changes_not_live) == (3, [])


def test_queries_have_names() -> None:
    execution("never")
    activated(execution("old"))
    edited = activated(execution("edited"))
    changed(edited, owner="team")
    found = ExecutionProfile.objects
    assert [row.name for row in found.live()] == ["edited"]
    assert [row.name for row in found.activated()] == ["edited", "old"]
    assert [row.name for row in found.never_activated()] == ["never"]
    assert [row.name for row in found.drafted()] == ["edited"]


def test_an_unknown_kind_is_answered_with_the_nearest() -> None:
    with pytest.raises(ValueError, match='Did you mean "execution"'):
        model_of("exection")
