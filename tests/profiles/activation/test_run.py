"""A run takes its steps, moves what is live in one transaction, and records how it ended."""

import re
from typing import Any

import pytest
from django.db import connection

from profiles.activation.activate import roll_back
from profiles.activation.cancel import TooLate, cancel
from profiles.activation.model import Activation, Anchor
from profiles.activation.record import steps_of
from profiles.activation.run import run
from profiles.kinds import Kind
from profiles.models import ExecutionProfile
from tests.profiles.activation.acting import activated, asked, detail, live, made, ran, results

pytestmark = pytest.mark.django_db


def test_the_first_activation_makes_its_revision_live() -> None:
    ended = activated(name="a")
    assert (ended.state, live(), ended.before_profile) == ("succeeded", ["a@1"], "")
    assert ended.started_at is not None and ended.finished_at is not None
    assert 0 < (ended.flip_ms or 0) < 250
    assert ended.runner.rpartition(":")[2].isdigit()


@pytest.mark.parametrize("kind", Kind.values)
def test_every_kind_is_activated_by_the_same_verb(kind: str) -> None:
    ended = activated(kind, "a")
    assert (ended.state, live(kind)) == ("succeeded", ["a@1"])
    assert Anchor.objects.get(kind=kind).newest == ended.number


def test_the_next_one_takes_its_place_and_remembers_what_was_live() -> None:
    activated(name="a", temperature=0.1)
    ended = activated(name="b")
    assert (live(), ended.before_profile, ended.before_revision) == (["b@1"], "a", 1)
    assert ExecutionProfile.objects.get(name="a").activated_revision == 1


def test_an_edit_is_a_draft_until_it_is_activated() -> None:
    activated(name="a")
    made(name="a", temperature=0.5)
    assert live() == ["a@1"]
    ended = ran(asked())
    assert (live(), ended.before_profile, ended.before_revision) == (["a@2"], "a", 1)


def test_a_flip_is_no_save_and_makes_no_revision() -> None:
    activated(name="a")
    activated(name="b")
    profile = ExecutionProfile.objects.get(name="a")
    assert (profile.revision, len(profile.history)) == (1, 1)


def test_the_revision_that_was_asked_for_goes_live_not_the_newest() -> None:
    made(name="a")
    made(name="a", temperature=0.5)
    assert ran(asked(revision=1)).state == "succeeded"
    assert live() == ["a@1"]


def test_rolling_back_is_an_activation_of_what_was_live_then() -> None:
    first = activated(name="a")
    activated(name="b")
    back = roll_back(first, who="bob", via="admin")
    assert (back.rollback_to, back.requested_by) == (first, "bob")
    assert (ran(back).state, live()) == ("succeeded", ["a@1"])


def test_of_two_profiles_asked_for_at_once_the_one_asked_last_is_live() -> None:
    made(name="a"), made(name="b")
    first, second = asked(name="a"), asked(name="b", who="bob")
    assert ran(second).state == "succeeded"
    ended = ran(first)
    assert (ended.state, live()) == ("superseded", ["b@1"])
    assert ended.error == "bob asked later for b@1, which is live already."
    assert results(ended)["flip"] == "skipped"


def test_steps_are_told_with_their_milliseconds() -> None:
    ended = activated("retrieval")
    assert [step.name for step in steps_of(ended)] == ["invariants", "flip"]
    assert results(ended) == {"invariants": "ok", "flip": "ok"}
    assert detail(ended, "flip") == "a@1 is live. Before it: none."
    assert all(step.milliseconds >= 0 for step in steps_of(ended))


def test_a_profile_without_a_provider_skips_the_steps_at_one() -> None:
    ended = activated(name="a")
    skipped = [step for step in steps_of(ended) if step.result == "skipped"]
    assert [step.name for step in skipped] == [
        *("secret resolves", "provider reachable", "key accepted", "model listed", "model warmed")
    ]
    assert {step.detail for step in skipped} == {"The profile names no provider."}


def test_a_profile_that_was_deleted_meanwhile_fails_and_says_so() -> None:
    activated(name="b")
    made(name="a")
    pending = asked()
    ExecutionProfile.objects.filter(name="a").delete()
    ended = ran(pending)
    assert (ended.state, live()) == ("failed", ["b@1"])
    assert 'There is no execution profile "a"' in ended.error


def test_a_profile_that_was_made_anew_meanwhile_is_not_the_one_asked_for() -> None:
    made(name="a")
    pending = asked()
    ExecutionProfile.objects.filter(name="a").delete()
    made(name="a")
    assert "a has no revision 1. Its revisions: 2." in ran(pending).error


def test_what_has_ended_is_not_run_again() -> None:
    ended = activated(name="a")
    run(str(ended.pk))
    again = Activation.objects.get(pk=ended.pk)
    assert (again.token, again.finished_at) == (ended.token, ended.finished_at)


def test_what_was_cancelled_does_not_go_live() -> None:
    made(name="a")
    pending = cancel(asked(), who="bob")
    assert (ran(pending).state, live()) == ("cancelled", [])


def test_what_is_live_can_no_longer_be_cancelled() -> None:
    with pytest.raises(TooLate, match="has ended, as succeeded"):
        cancel(activated(name="a"), who="bob")


def test_the_flip_locks_the_anchor_then_the_profiles_then_the_activation() -> None:
    made(name="a")
    seen: list[str] = []

    def note(execute: Any, sql: str, *more: Any) -> Any:
        seen.append(sql)
        return execute(sql, *more)

    with connection.execute_wrapper(note):
        ran(asked())
    (begun,) = [n for n, sql in enumerate(seen) if "idle_in_transaction" in sql]
    locking = [sql for sql in seen[begun:] if "FOR NO KEY UPDATE" in sql or sql[:6] == "UPDATE"]
    tables = [re.findall(r'(?:FROM|UPDATE) "profiles_(\w+)"', sql)[0] for sql in locking]
    assert list(dict.fromkeys(tables)) == ["anchor", "executionprofile", "activation"]


def test_an_unexpected_error_ends_it_and_leaves_what_was_live() -> None:
    activated(name="b")
    with connection.cursor() as cursor:
        cursor.execute(BREAKING)
    ended = activated(name="a")
    assert (ended.state, live()) == ("failed", ["b@1"])
    assert "IntegrityError" in ended.error
    assert results(ended)["flip"] == "failed"


BREAKING = """
CREATE FUNCTION breaks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = 'check_violation'; END $$;
CREATE TRIGGER breaks BEFORE UPDATE OF live ON profiles_executionprofile
    FOR EACH ROW EXECUTE FUNCTION breaks();
"""
