"""Documents, chunks and people of chosen clearance, as tests want them, in one line each."""

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import Permission, User
from django.contrib.postgres.search import SearchVector
from django.db.models import Value
from rest_framework.test import APIClient

from profiles.models import Chunk, Document, Playbook

SEES = {"internal": "see_internal", "confidential": "see_confidential"}
ALL = ("view", "add", "change", "delete")


def document(title: str = "Handbook", label: str = "public", **values: Any) -> Document:
    ready = {"state": "ready", "content_hash": title, "text": f"Text of {title}."}
    made: Document = Document.objects.create(title=title, label=label, **ready | values)
    return made


def chunk(of: Document, position: int = 0, text: str = "A passage.", **values: Any) -> Chunk:
    words = SearchVector(Value(text), config="english")
    return Chunk.objects.create(
        document=of, position=position, text=text, words=words, length=2, **values
    )


def playbook(title: str, *documents: Document, label: str = "public") -> Playbook:
    made: Playbook = Playbook.objects.create(title=title, task="t", steps="s", label=label)
    made.documents.set(documents)
    return made


def days_ago(days: int) -> date:
    return date.today() - timedelta(days=days)  # the suite's zone is UTC


def person(clearance: str = "public", *acts: str) -> User:
    """Staff who may do these things with documents ("view", …; all without any)."""
    user = User.objects.create_user(f"of-{clearance}", is_staff=True)
    names = [f"{act}_document" for act in acts or ALL]
    names += [SEES[clearance]] if clearance in SEES else []
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


def client_up_to(clearance: str = "public", *acts: str) -> APIClient:
    client = APIClient()
    client.force_authenticate(person(clearance, *acts))
    return client
