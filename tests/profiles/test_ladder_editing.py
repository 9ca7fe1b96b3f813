"""A ladder is checked whole, rung by rung, and written whole or not at all."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from profiles.editing import InUse, Stale
from profiles.ladder import editing
from profiles.models import ExecutionProfile, Ladder, Rung
from providers.models import Provider
from tests.providers.test_models import made

pytestmark = pytest.mark.django_db

THREE = [{"provider": "corp", "model": name} for name in ("a", "b", "c")]


def saved(**values: Any) -> Ladder:
    return editing.save(editing.filled(Ladder(), {"name": "main", **values}))


def refused(values: dict[str, Any]) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as error:
        editing.filled(Ladder(), {"name": "main", **values})
    return error.value.message_dict


def test_rungs_are_tried_in_the_order_they_are_written_in() -> None:
    made()
    ladder = saved(rungs=THREE)
    assert [(r.position, r.model) for r in ladder.rungs.all()] == [(1, "a"), (2, "b"), (3, "c")]


def test_a_list_of_rungs_replaces_the_one_before() -> None:
    made()
    ladder = saved(rungs=THREE)
    editing.save(editing.filled(ladder, {"rungs": THREE[::-1]}))
    assert [rung.model for rung in ladder.rungs.all()] == ["c", "b", "a"]


def test_traffic_gets_it_by_one_reload(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks() as reloads:
        made()
        editing.save(editing.filled(saved(rungs=THREE), {"rungs": THREE[::-1]}))
    assert len(reloads) == 1


def test_without_a_list_the_rungs_stay() -> None:
    made()
    ladder = saved(rungs=THREE)
    editing.save(editing.filled(ladder, {"owner": "ops"}))
    assert ladder.rungs.count() == 3


def test_what_is_read_can_be_written_again() -> None:
    made()
    rung = {"provider": "corp", "model": "m", "parameters": {"temperature": 0.5}}
    values = editing.values_of(saved(rungs=[{**rung, "on_errors": ["timeout"]}]))
    assert editing.values_of(editing.save(editing.filled(Ladder(), values | {"name": "b"})))[
        "rungs"
    ] == [{**rung, "on_errors": ["timeout"], "on_answers": []}]


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"rungs": [{"provider": "corp"}] * 10}, "rungs", "at most 9 rungs; this one has 10"),
        ({"rungs": "corp"}, "rungs", "is a list of objects"),
        ({"rungs": ["corp"]}, "rungs[0]", "is an object"),
        ({"rungs": [{}]}, "rungs[0].provider", "Name the provider"),
        ({"rungs": [{"provider": "corp"}, {"provider": "crp"}]}, "rungs[1].provider", '"corp"?'),
        ({"rungs": [{"provider": ["corp"]}]}, "rungs[0].provider", "There is no provider"),
        ({"rungs": [{"provider": "gated"}]}, "rungs[0].provider", "may not be called unattended"),
        ({"rungs": [{"provider": "corp", "modl": 1}]}, "rungs[0].modl", '"model"?'),
        ({"rungs": [{"provider": "corp", "model": 5}]}, "rungs[0].model", "Write a text"),
        ({"rungs": [{"provider": "corp", "parameters": []}]}, "rungs[0].parameters", "an object"),
        (
            {"rungs": [{"provider": "corp", "parameters": {"temperature": 9}}]},
            "rungs[0].parameters",
            "temperature: Write a number from 0 to 2",
        ),
        (
            {"rungs": [{"provider": "corp", "on_errors": ["tmeout"]}]},
            "rungs[0].on_errors",
            "timeou",
        ),
        ({"rungs": [{"provider": "corp", "on_answers": "empty"}]}, "rungs[0].on_answers", "list"),
        ({"deadline_secs": 10**400}, "deadline_secs", "Write a number"),
        ({"deadline": 5}, "deadline", 'Did you mean "deadline_secs"?'),
        ({"name": "Main"}, "name", "lower-case"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(values: Any, field: str, said: str) -> None:
    made()
    made("gated", unattended=False)
    errors = refused(values)
    assert list(errors) == [field]
    assert said in errors[field][0]


def test_a_provider_switched_to_attended_calls_at_the_same_moment_is_the_same_error() -> None:
    made()
    draft = editing.filled(Ladder(), {"name": "main", "rungs": THREE})
    Provider.objects.update(unattended=False)
    with pytest.raises(ValidationError) as error:
        editing.save(draft)
    assert "may not be called unattended" in error.value.message_dict["rungs[0].provider"][0]
    assert not Ladder.objects.exists()


def test_a_ladder_saved_since_it_was_read_is_not_overwritten() -> None:
    made()
    ladder = saved(rungs=THREE)
    draft = editing.filled(ladder, {"rungs": []})
    with pytest.raises(Stale, match="Read it again"):
        editing.save(draft, ladder.updated - timedelta(seconds=1))
    assert Rung.objects.count() == 3


def test_providers_are_locked_before_anything_is_written() -> None:
    """As by whoever edits one, so that neither waits for the other for ever."""
    made()
    draft = editing.filled(saved(), {"rungs": THREE})
    with CaptureQueriesContext(connection) as done:
        editing.save(draft)
    statements = [query["sql"] for query in done]
    writes = ("INSERT", "UPDATE", "DELETE")
    first = next(n for n, sql in enumerate(statements) if sql.startswith(writes))
    assert any("providers_provider" in s and "NO KEY UPDATE" in s for s in statements[:first])


def test_a_ladder_that_a_profile_names_is_not_deleted() -> None:
    ladder = saved()
    ExecutionProfile.objects.create(name="fast", ladder=ladder)
    with pytest.raises(InUse, match="main is used by execution profile fast"):
        editing.delete(ladder)
