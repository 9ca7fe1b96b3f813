"""Playbooks whose documents say something else by now."""

from datetime import timedelta

import pytest
from django.utils import timezone

from profiles.memory import staleness, states
from profiles.models import Document, Playbook
from tests.profiles.making import activated, profile
from tests.profiles.memory.knowing import document, playbook

pytestmark = pytest.mark.django_db


def reviewed(*documents: Document, state: str = "active") -> Playbook:
    row = playbook("Reset", "Reset it", *documents)
    states.act("review", row, who="ana", via="rest")
    Playbook.objects.filter(pk=row.pk).update(state=state)
    return row


def test_one_whose_document_changed_is_marked_and_says_why() -> None:
    row = reviewed(document())
    assert staleness.mark_stale() == 0
    Document.objects.update(content_hash="1" * 64)
    assert staleness.mark_stale() == 1
    row.refresh_from_db()
    assert row.state == "stale"
    assert row.state_reason == "of its documents, 1 changed since it was last reviewed"
    assert [(e.after, e.via) for e in row.events.all()][:1] == [("stale", "daily job")]


def test_one_whose_document_was_deleted_is_marked() -> None:
    row = reviewed(document(), document("Other"))
    Document.objects.filter(title="Other").delete()
    assert staleness.mark_stale() == 1
    row.refresh_from_db()
    assert row.state_reason == "of its documents, 1 deleted since it was last reviewed"


def test_a_new_label_is_no_change() -> None:
    reviewed(document())
    Document.objects.update(label="internal", updated=timezone.now())
    assert staleness.mark_stale() == 0


@pytest.mark.parametrize("state", ["draft", "stale", "retired", "pinned"])
def test_only_active_ones_are_marked(state: str) -> None:
    reviewed(document(), state=state)
    Document.objects.update(content_hash="1" * 64)
    assert staleness.mark_stale() == 0


def test_a_review_brings_it_back_for_good() -> None:
    row = reviewed(document())
    Document.objects.update(content_hash="1" * 64)
    staleness.mark_stale()
    assert states.act("review", row, who="ana", via="rest").state == "active"
    assert staleness.mark_stale() == 0


def test_the_live_memory_profile_says_after_how_many_days() -> None:
    row = reviewed()
    Playbook.objects.update(reviewed=timezone.now() - timedelta(days=50))
    row.refresh_from_db()
    assert not staleness.is_stale(row, staleness.oldest_fresh())
    activated(profile("memory", "m", doc_staleness_days=30))
    assert staleness.is_stale(row, staleness.oldest_fresh())
    assert Playbook.objects.filter(staleness.stale(staleness.oldest_fresh())).get() == row


def test_a_deleted_documents_label_stays_with_its_playbooks() -> None:
    secret = document("Secret", label="restricted")
    low, high = playbook("Low", "Low", secret), playbook("High", "High", secret, label="")
    secret.delete()
    for row in (low, high):
        row.refresh_from_db()
    assert (low.label, high.label) == ("restricted", "")
