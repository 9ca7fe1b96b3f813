"""Making and changing playbooks, and from whom a title, label or document is hidden."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from profiles.embedding.space import Space
from profiles.memory import writing
from profiles.memory.recalling import recall
from profiles.models import Playbook
from providers.endpoint import Clearance
from tests.profiles.memory.knowing import document, playbook

pytestmark = pytest.mark.django_db

GIVEN = {"title": "Reset", "task": "Reset a password", "steps": "Open it.", "label": "public"}


def write(row: Playbook | None = None, clearance: Clearance = "internal", **values: Any) -> Any:
    draft = writing.filled(row or Playbook(), values if row else GIVEN | values, clearance)
    return writing.save(draft, who="ana", via="rest")


def refused(row: Playbook | None = None, clearance: Clearance = "internal", **values: Any) -> Any:
    with pytest.raises(ValidationError) as caught:
        write(row, clearance, **values)
    return caught.value.message_dict


def test_a_new_one_is_a_draft_with_its_words_and_an_event() -> None:
    made = write(tags=["a"])
    stored = Playbook.objects.get()
    assert (stored.state, stored.tags, stored.pk) == ("draft", ["a"], made.pk)
    (event,) = stored.events.all()
    assert (event.before, event.after, event.who, event.reason) == ("", "draft", "ana", "made")
    Playbook.objects.update(state="active")
    assert recall("reset password", 0)[0].id == made.pk


def test_new_words_are_recalled_and_the_vector_of_the_old_ones_is_dropped() -> None:
    space = Space.objects.create(provider="echo", model="m", dimensions=2)
    row = playbook(space=space, embedding=[1, 0])
    write(row, title="Invoices", task="Send an invoice again")
    (found,) = recall("send invoice again", 0)
    row.refresh_from_db()
    assert (found.id, row.space, row.embedding) == (row.pk, None, None)


def test_a_stale_one_is_active_again_once_a_person_writes_what_it_says() -> None:
    row = playbook(state="stale")
    write(row, owner="team")
    assert Playbook.objects.get().state == "stale"
    write(row, steps="Open the new console.")
    assert Playbook.objects.get().state == "active"


def test_counts_that_came_meanwhile_stay() -> None:
    row = playbook()
    Playbook.objects.update(helpful=3)
    write(row, steps="Other.")
    assert Playbook.objects.get().helpful == 3


@pytest.mark.parametrize(
    ("values", "field", "text"),
    [
        ({"label": "restricted"}, "label", "Choose: public, internal."),
        ({"label": ""}, "label", "Without a label it counts as restricted"),
        ({"label": "secret"}, "label", 'There is no "secret"'),
        ({"title": " Reset"}, "title", "Leave out the spaces"),
        ({"title": ""}, "title", "cannot be blank"),
        ({"title": "a\nb"}, "title", "Write one line"),
        ({"steps": " "}, "steps", "cannot be blank"),
        ({"task": "a\0"}, "task", "NUL"),
        ({"tags": ["a", "a"]}, "tags", "each once"),
        ({"tags": [" "]}, "tags", "none empty"),
        ({"documents": ["nonsense"]}, "documents", 'no document with the id "nonsense"'),
        ({"documents": [7]}, "documents", 'no document with the id "7"'),
        ({"documents": "x"}, "documents", "a list of at most 100 ids"),
        ({"question": "x"}, "question", 'Did you mean "task"?'),
        ({"state": "active"}, "state", "There is no such field"),
    ],
)
def test_what_cannot_be_saved_is_said_by_field(
    values: dict[str, Any], field: str, text: str
) -> None:
    assert text in " ".join(refused(**values)[field])
    assert not Playbook.objects.exists()


def test_no_label_is_for_those_who_are_cleared_to_restricted() -> None:
    assert write(None, "restricted", label="").label == ""


def test_a_title_is_taken_only_by_one_that_the_writer_sees() -> None:
    playbook("Reset", label="confidential")
    assert "of this title" in refused(None, "confidential")["title"][0]
    write()
    assert "of this title" in refused()["title"][0]


def test_a_document_above_the_writers_clearance_is_as_one_that_is_not_there() -> None:
    hidden, cited = document(label="confidential"), document()
    text = f'There is no document with the id "{hidden.pk}".'
    assert refused(documents=[str(cited.pk), str(hidden.pk)]) == {"documents": [text]}
    assert write(documents=[str(cited.pk)]).seen == {str(cited.pk): "0" * 64}


def test_it_is_not_saved_over_what_somebody_else_saved() -> None:
    row = playbook()
    before = row.updated
    write(row, owner="team")
    with pytest.raises(writing.SavedMeanwhile):
        writing.save(writing.filled(row, {}, "public"), before, who="", via="rest")
