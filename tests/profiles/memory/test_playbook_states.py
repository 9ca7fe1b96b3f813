"""What people do to a playbook's state, and what is kept of it."""

from typing import Any

import pytest

from profiles.memory.judging import judge
from profiles.memory.playbook import State
from profiles.memory.states import VERBS, NotNow, act
from profiles.models import Feedback, Playbook
from tests.profiles.memory.knowing import POLICY, document, playbook
from tests.profiles.memory.test_judging import say

pytestmark = pytest.mark.django_db


def done(verb: str, row: Playbook, **more: Any) -> Playbook:
    return act(verb, row, who="ana", via="rest", **more)


MOVES = {
    ("activate", "draft"): "active",
    ("retire", "draft"): "retired",
    ("retire", "active"): "retired",
    ("retire", "stale"): "retired",
    ("retire", "pinned"): "retired",
    ("restore", "retired"): "active",
    ("pin", "active"): "pinned",
    ("pin", "stale"): "pinned",
    ("unpin", "pinned"): "active",
    ("review", "active"): "active",
    ("review", "stale"): "active",
    ("review", "pinned"): "pinned",
}


def test_each_verb_moves_what_it_may_and_refuses_the_rest() -> None:
    row = playbook()
    found = {}
    for verb in VERBS:
        for state in State:
            Playbook.objects.update(state=state)
            try:
                found[verb, state.value] = done(verb, row).state
            except NotNow:
                assert Playbook.objects.get().state == state
    assert found == MOVES


def test_a_refusal_says_what_to_do_instead() -> None:
    row = playbook(state="retired")
    with pytest.raises(NotNow) as refused:
        done("pin", row)
    assert str(refused.value) == (
        '"Reset a password" is retired: it cannot be pinned now. Restore it first.'
    )


def test_a_move_is_recorded_with_who_and_why() -> None:
    row = playbook(helpful=2, harmful=1)
    done("retire", row, reason="wrong since the new console")
    (event,) = row.events.all()
    assert (event.before, event.after, event.who, event.via) == (
        *("active", "retired", "ana", "rest"),
    )
    assert (event.reason, event.helpful, event.harmful) == ("wrong since the new console", 2, 1)


def test_restoring_starts_the_counts_anew_and_the_event_keeps_the_old_ones() -> None:
    row = playbook(harmful=2)
    say("harmful", row)
    back = done("restore", row)
    assert (back.state, back.state_reason, back.helpful, back.harmful) == ("active", "", 0, 0)
    event = row.events.first()
    assert event is not None and (event.before, event.harmful) == ("retired", 3)


def test_a_verdict_from_before_the_restoring_is_not_moved() -> None:
    row = playbook(harmful=2)
    call = say("harmful", row)
    assert call.retired
    done("restore", row)
    (kept,) = Feedback.objects.all()
    judge(kept.call_id, 1, "helpful", "", playbooks=[row.pk], documents=[], policy=POLICY)
    row.refresh_from_db()
    assert (row.helpful, row.harmful) == (0, 0)


def test_a_restored_one_is_retired_anew_only_after_as_many_uses() -> None:
    row = playbook(state="retired", harmful=3)
    done("restore", row)
    assert [bool(say("harmful", row).retired) for _ in range(3)] == [False, False, True]


def test_approving_takes_note_of_what_the_documents_say() -> None:
    cited = document()
    row = playbook("Reset", "Reset it", cited, state="draft")
    assert done("activate", row).seen == {str(cited.pk): "0" * 64}


def test_one_that_was_raised_above_the_askers_clearance_meanwhile_is_not_moved() -> None:
    row = playbook(label="internal")
    with pytest.raises(Playbook.DoesNotExist):
        done("retire", row, limit=0)
    assert done("retire", row, limit=1).state == "retired"
