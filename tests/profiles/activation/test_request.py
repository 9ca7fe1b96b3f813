"""Asking for an activation: one row and one job, or neither; one at a time for a profile."""

from typing import Any

import pytest
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from profiles.activation.activate import (
    Busy,
    NeverLive,
    ProfileNotFound,
    Revision,
    request,
    roll_back,
    wait,
)
from profiles.activation.cancel import TooLate, cancel
from profiles.activation.model import Activation
from profiles.activation.record import NO_WORKER, waiting_for
from profiles.models import ExecutionProfile, RetrievalProfile

pytestmark = pytest.mark.django_db


def ask(name: str = "a", **more: Any) -> Activation:
    ExecutionProfile.objects.get_or_create(name=name)
    return request("execution", name, who="ann", via="rest", **more)


def jobs(activation: Activation) -> int:
    return int(ProcrastinateJob.objects.filter(args__activation=str(activation.pk)).count())


def test_a_request_is_a_pending_row_and_its_job() -> None:
    made = ask()
    assert (made.state, made.profile, made.revision) == ("pending", "a", 1)
    assert (made.requested_by, made.requested_via) == ("ann", "rest")
    assert jobs(made) == 1


def test_a_request_that_is_rolled_back_leaves_neither_row_nor_job() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        made = ask()
        assert jobs(made) == 1
        raise ZeroDivisionError
    assert (jobs(made), Activation.objects.count()) == (0, 0)


def test_a_second_request_for_a_profile_is_told_who_asked_and_when() -> None:
    first = ask()
    with pytest.raises(
        Busy, match=r"ann asked for revision 1 at 20.* UTC, and that is pending"
    ) as e:
        ask()
    assert e.value.activation == first


def test_another_profile_and_the_same_name_of_another_kind_are_not_held_up() -> None:
    RetrievalProfile.objects.create(name="a")
    numbers = [ask("a").number, ask("b").number]
    numbers.append(request("retrieval", "a", who="ann", via="rest").number)
    assert numbers == sorted(set(numbers))


def test_an_ended_activation_holds_nobody_up() -> None:
    cancel(ask(), who="bob")
    assert ask().state == "pending"


def test_the_draft_as_it_is_now_is_meant_unless_a_revision_is_named() -> None:
    profile = ExecutionProfile.objects.create(name="a")
    profile.model = "m"
    profile.save()
    assert ask().revision == 2
    cancel(Activation.objects.get(), who="ann")
    assert ask(revision=1).revision == 1


def test_a_revision_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(Revision.DoesNotExist, match=r"a has no revision 7. Its revisions: 1"):
        ask(revision=7)
    assert not Activation.objects.exists()


def test_a_profile_that_is_not_there_is_refused_with_the_nearest() -> None:
    ExecutionProfile.objects.create(name="support")
    with pytest.raises(ProfileNotFound, match=r'no execution profile "suport".*"support"'):
        request("execution", "suport", who="ann", via="rest")


def test_a_kind_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match='"execution"'):
        request("executon", "a", who="ann", via="rest")


def test_a_pending_one_can_be_cancelled_and_says_who_did() -> None:
    ended = cancel(ask(), who="bob")
    assert (ended.state, ended.error, ended.token) == ("cancelled", "bob cancelled it.", 1)
    assert ended.finished_at is not None


def test_what_has_ended_cannot_be_cancelled() -> None:
    ended = cancel(ask(), who="bob")
    with pytest.raises(TooLate, match="has ended, as cancelled"):
        cancel(ended, who="bob")


def test_only_what_went_live_can_be_rolled_back_to() -> None:
    with pytest.raises(NeverLive, match="is pending: it made nothing live"):
        roll_back(ask(), who="ann", via="rest")


def test_waiting_ends_with_the_time_and_tells_of_each_change_once() -> None:
    heard: list[Activation] = []
    assert wait(ask(), 0.15, heard.append).state == "pending"
    assert [a.state for a in heard] == ["pending"]


def test_a_pending_one_without_a_worker_says_what_to_do() -> None:
    assert waiting_for(ask()) == NO_WORKER
    assert waiting_for(cancel(Activation.objects.get(), who="bob")) == ""


def test_the_jobs_are_known_to_the_worker() -> None:
    assert {"profiles.activation.run", "profiles.tasks.look_after_activations"} <= set(app.tasks)
