"""Which playbooks a call gets: near ones, up to its limit, the fresh before the stale."""

from datetime import timedelta

import pytest
from django.utils import timezone

from profiles.embedding.space import Space
from profiles.memory.boosting import boosts
from profiles.memory.recalling import recall
from profiles.models import Playbook
from providers.endpoint import LABELS
from tests.profiles.memory.knowing import document, playbook

pytestmark = pytest.mark.django_db

ASKED = "how is a customer's password reset"


def titles(text: str = ASKED, limit: int = 0) -> list[str]:
    return [found.title for found in recall(text, limit)]


def test_the_same_question_is_no_distance_away() -> None:
    made = playbook("Password", "Reset the password of a customer", steps="Open it.")
    (found,) = recall("customer password reset", 0)
    assert (found.id, found.distance, found.in_prompt) == (made.id, 0, True)
    assert found.text == "Reset the password of a customer\n\nOpen it."


def test_what_is_of_another_matter_is_not_recalled() -> None:
    playbook("Invoices", "Send an invoice again")
    assert titles() == []


def test_what_is_only_near_boosts_but_stays_out_of_the_prompt() -> None:
    playbook("Password", "Reset the password of a customer in the billing console")
    (found,) = recall("customer password reset", 0)
    assert 0.20 < found.distance < 0.5
    assert not found.in_prompt


def test_a_question_without_words_recalls_none() -> None:
    playbook()
    assert titles("") == titles("the of and") == titles("\0") == []


def test_a_text_that_cannot_be_stored_can_be_asked() -> None:
    playbook()
    assert titles(f"{ASKED}\0\ud800") == ["Reset a password"]


@pytest.mark.parametrize("state", ["draft", "retired"])
def test_hidden_states_are_not_recalled(state: str) -> None:
    playbook(state=state)
    assert titles() == []


@pytest.mark.parametrize("label", [*LABELS, ""])
def test_only_labels_up_to_the_limit_are_recalled(label: str) -> None:
    made = playbook(label=label)
    reach = LABELS.index(label) if label in LABELS else 3
    assert [bool(recall(ASKED, limit)) for limit in range(4)] == [n >= reach for n in range(4)]
    assert recall(ASKED, 3)[0].label_rank == reach
    assert made.label == label


def test_a_documents_label_is_the_playbooks() -> None:
    cited = document(label="confidential")
    playbook("Reset a password", ASKED, document(), cited)
    assert recall(ASKED, 1) == []
    (found,) = recall(ASKED, 2)
    assert (found.label_rank, len(found.documents)) == (2, 2)


def test_five_at_most_boost_and_three_are_in_the_prompt() -> None:
    for number in range(6):
        playbook(f"Reset a password {number}x")
    found = recall(ASKED, 0)
    assert [each.in_prompt for each in found] == [True] * 3 + [False] * 2


def test_pinned_ones_come_first_at_equal_distance() -> None:
    playbook("Reset password a")
    playbook("Reset password the", state="pinned")
    assert titles() == ["Reset password the", "Reset password a"]


def test_stale_ones_are_in_the_prompt_only_where_fresh_ones_leave_room() -> None:
    for number in range(5):
        playbook(f"Reset a password {number}x", state="stale" if number < 3 else "active")
    in_prompt = [each.stale for each in recall(ASKED, 0) if each.in_prompt]
    assert sorted(in_prompt) == [False, False, True]


def test_one_reviewed_too_many_days_ago_is_stale() -> None:
    made = playbook()
    Playbook.objects.filter(pk=made.pk).update(reviewed=timezone.now() - timedelta(days=91))
    flags = [recall(ASKED, 0, stale_days=days)[0].stale for days in (90, 92)]
    assert (flags, recall(ASKED, 0)[0].stale) == ([True, False], False)


def test_vectors_of_one_space_are_compared_and_others_by_words() -> None:
    space = Space.objects.create(provider="echo", model="m", dimensions=2)
    playbook("Far words", "Nothing alike", space=space, embedding=[1, 0.1])
    playbook("Opposite", ASKED, space=space, embedding=[-1, 0])
    playbook("Reset a password", ASKED)
    found = recall(ASKED, 0, [1.0, 0.0], space.pk)
    assert {each.title for each in found} == {"Far words", "Reset a password"}


def test_one_query_recalls_all(django_assert_num_queries: object) -> None:
    for number in range(5):
        playbook(f"Reset a password {number}x", ASKED, document(f"Manual {number}"))
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert len(recall(ASKED, 0)) == 5


def test_a_boost_is_never_above_the_ceiling() -> None:
    cited = document()
    playbook("Reset a password", ASKED, cited)
    found = recall(ASKED, 0)
    assert boosts(found, 0.15, 0.25) == {cited.id: 0.15}
    assert boosts(found, 0.4, 0.25) == {cited.id: 0.25}


def test_a_stale_playbook_boosts_half() -> None:
    cited = document()
    playbook("Reset a password", ASKED, cited, state="stale")
    assert boosts(recall(ASKED, 0), 0.2, 0.25) == {cited.id: 0.1}
