"""Playbooks and the documents they cite as tests want them, in one line each."""

from typing import Any

from django.contrib.postgres.search import SearchVector
from django.db.models import Value

from profiles.memory.policy import Memory
from profiles.models import Document, Playbook

POLICY = Memory("m", 1)


def document(title: str = "Manual", label: str = "public", **values: Any) -> Document:
    made: Document = Document.objects.create(
        title=title, label=label, content_hash="0" * 64, **values
    )
    return made


def playbook(
    title: str = "Reset a password",
    task: str = "How is a customer's password reset?",
    *documents: Document,
    **values: Any,
) -> Playbook:
    """Active and public unless told."""
    given = {"state": "active", "label": "public", "steps": "Open the console."} | values
    words = SearchVector(Value(f"{title} {task}"), config="english")
    made: Playbook = Playbook.objects.create(title=title, task=task, words=words, **given)
    made.documents.set(documents)
    made.refresh_from_db()
    return made
