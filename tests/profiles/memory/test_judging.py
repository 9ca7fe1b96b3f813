"""Verdicts: counted once, moved when they change, and what they retire."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from profiles.memory.judging import Judged, judge
from profiles.memory.policy import Memory
from profiles.models import Document, Feedback, Playbook
from tests.profiles.memory.knowing import POLICY, document, playbook

pytestmark = pytest.mark.django_db


def say(
    verdict: str,
    *served: Any,
    call: UUID | None = None,
    note: str = "",
    policy: Memory | None = POLICY,
) -> Judged:
    return judge(
        *(call or uuid4(), 1, verdict, note),
        playbooks=[row.pk for row in served if isinstance(row, Playbook)],
        documents=[row.pk for row in served if isinstance(row, Document)],
        policy=policy,
    )


def counts(row: Any) -> tuple[int, int]:
    row.refresh_from_db()
    return row.helpful, row.harmful


def test_a_verdict_is_counted_for_what_served_the_call() -> None:
    served, cited, other = playbook(), document(), playbook("Other")
    told = say("helpful", served, cited)
    assert (told.changed, told.playbooks, told.documents) == (True, (served.pk,), (cited.pk,))
    assert (counts(served), counts(cited), counts(other)) == ((1, 0), (1, 0), (0, 0))


def test_the_same_verdict_again_counts_nothing() -> None:
    served, call = playbook(), uuid4()
    say("helpful", served, call=call)
    assert not say("helpful", served, call=call).changed
    assert counts(served) == (1, 0)
    assert Feedback.objects.count() == 1


def test_a_note_is_put_in_place_of_the_one_before() -> None:
    call = uuid4()
    say("helpful", call=call, note="good")
    say("helpful", call=call, note="very good")
    assert Feedback.objects.get().note == "very good"


def test_another_verdict_moves_the_counts() -> None:
    served, cited, call = playbook(), document(), uuid4()
    say("helpful", served, cited, call=call)
    assert say("harmful", served, cited, call=call).changed
    assert counts(served) == counts(cited) == (0, 1)
    assert Feedback.objects.get().verdict == "harmful"


def test_what_was_deleted_since_is_skipped() -> None:
    served, cited = playbook(), document()
    gone = UUID(int=7)
    told = judge(
        uuid4(), 1, "helpful", "", playbooks=[gone, served.pk], documents=[gone], policy=POLICY
    )
    assert (told.playbooks, told.documents) == ((served.pk,), ())
    assert (counts(served), counts(cited)) == ((1, 0), (0, 0))


def test_a_count_is_no_edit() -> None:
    served = playbook()
    say("helpful", served)
    assert Playbook.objects.get().updated == served.updated


def test_the_third_harmful_use_retires_and_says_why() -> None:
    served = playbook()
    assert [say("harmful", served).retired for _ in range(3)] == [(), (), (served.pk,)]
    served.refresh_from_db()
    assert (served.state, served.state_reason) == ("retired", "3 uses, 0 % helpful, below 80 %")
    (event,) = served.events.all()
    assert (event.before, event.after, event.who, event.via) == (
        "active",
        "retired",
        "",
        "feedback",
    )
    assert (event.helpful, event.harmful, event.reason) == (0, 3, served.state_reason)


def test_retiring_waits_for_as_many_uses_as_the_profile_says() -> None:
    served = playbook()
    policy = msgspec.structs.replace(POLICY, retire_min_uses=2)
    assert [bool(say("harmful", served, policy=policy).retired) for _ in range(2)] == [False, True]


@pytest.mark.parametrize(("below", "retired"), [(0.67, True), (0.66, False), (0, False)])
def test_retiring_goes_by_the_share_that_the_profile_says(below: float, retired: bool) -> None:
    served = playbook(helpful=2)
    policy = msgspec.structs.replace(POLICY, retire_below_success=below)
    assert bool(say("harmful", served, policy=policy).retired) is retired


def test_without_a_memory_profile_none_is_retired() -> None:
    served = playbook(harmful=9)
    assert say("harmful", served, policy=None).retired == ()


def test_pinned_ones_are_exempt() -> None:
    served = playbook(state="pinned", harmful=9)
    assert say("harmful", served).retired == ()
    assert counts(served) == (0, 10)


def test_a_stale_one_is_retired_too() -> None:
    served = playbook(state="stale", harmful=2)
    assert say("harmful", served).retired == (served.pk,)


def test_helpful_verdicts_count_for_a_retired_one_and_do_not_bring_it_back() -> None:
    served = playbook(state="retired", harmful=3)
    for _ in range(20):
        say("helpful", served)
    assert counts(served) == (20, 3)
    assert (served.state, served.events.count()) == ("retired", 0)
