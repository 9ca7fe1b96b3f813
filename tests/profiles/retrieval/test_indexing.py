"""The index of a space's vectors: when it is made, and that it is made once."""

import threading

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from profiles.models import Document, Space
from profiles.retrieval import indexing, job
from tests.profiles.making import provider
from tests.profiles.retrieval.documents import ingested
from tests.providers.conftest import Shelf


@pytest.fixture
def embedding(db: None, settings: Settings, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LAKEHOUSE_EMBEDDING = "echo/echo@8"
    monkeypatch.setattr(indexing, "LEAST", 2)
    provider("echo")


def indexes() -> list[bool]:
    """Whether each is valid."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid "
            "WHERE relname LIKE 'chunk_vectors_of_space_%'"
        )
        return [valid for (valid,) in cursor.fetchall()]


def test_a_space_with_enough_vectors_gets_an_index_by_a_job(embedding: None) -> None:
    ingested(source="a")
    assert not indexing.due(Space.objects.get())
    ingested("Seals bark.", source="b")
    assert ProcrastinateJob.objects.filter(task_name=job.INDEX).count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_index_is_made_once_and_goes_with_its_vectors(embedding: None) -> None:
    ingested(source="a")
    space = Space.objects.get()

    def make() -> None:
        made.append(indexing.ensure(space))
        connection.close()

    made: list[bool] = []
    both = [threading.Thread(target=make) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert (sorted(made), indexes(), indexing.ensure(space)) == ([False, True], [True], False)
    assert indexing.tidy() == 0
    Document.objects.all().delete()
    assert [indexing.tidy(), indexing.tidy(), *indexes()] == [1, 0]
