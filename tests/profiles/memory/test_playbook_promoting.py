"""A draft from a call that helped."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ValidationError

from profiles.memory import promoting
from profiles.models import Playbook
from tests.profiles.memory.knowing import document, playbook

pytestmark = pytest.mark.django_db

QUESTION = "\nHow do I reset\ta password?\nIt is for a customer."


def draft(question: str = QUESTION, call: UUID | None = None, **more: Any) -> Playbook:
    given = {"answer": "Open it.", "documents": [], "label": "public", "who": "ana"} | more
    return promoting.draft(question, call_id=call or uuid4(), via="rest", **given)


def test_what_was_asked_is_its_task_and_the_answer_its_steps() -> None:
    cited, call = document(), uuid4()
    made = draft(call=call, documents=[cited.pk, uuid4()], label="internal")
    assert (made.title, made.task, made.steps) == (
        "How do I reset a password?",
        QUESTION,
        "Open it.",
    )
    assert (made.state, made.label, made.from_call) == ("draft", "internal", call)
    assert list(made.documents.all()) == [cited]
    assert [event.reason for event in made.events.all()] == [f"made from the call {call}"]


def test_the_same_call_gives_the_same_draft() -> None:
    call = uuid4()
    assert draft(call=call) == draft("Other?", call=call)
    assert Playbook.objects.count() == 1


def test_a_title_is_numbered_where_one_has_it() -> None:
    assert [draft("Why?" + "x" * 300).title[-5:] for _ in range(3)] == [
        "xxxx…",
        "x (2)",
        "x (3)",
    ]


def test_a_hidden_title_is_not_counted() -> None:
    playbook("Why?", label="restricted")
    assert draft("Why?").title == "Why?"


def test_texts_are_cut_and_made_storable() -> None:
    made = draft("a\0" + "b" * 30_000, answer="c" * 60_000)
    assert (len(made.task), len(made.steps), made.task[1]) == (20_000, 50_000, "\ufffd")


def test_a_call_without_an_answer_has_nothing_to_promote() -> None:
    with pytest.raises(ValidationError) as caught:
        draft(answer=" ")
    assert list(caught.value.message_dict) == ["steps"]
