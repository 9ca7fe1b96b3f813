"""Counting: lexemes and chunks by label's rank are always those that are there."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from profiles.models import Chunk, Corpus, Document, Lexeme
from profiles.retrieval import counting, job
from tests.profiles.retrieval.documents import ingested, taken

pytestmark = pytest.mark.django_db


def lexemes(rank: int) -> dict[str, int]:
    return dict(Lexeme.objects.filter(label_rank=rank).values_list("lexeme", "chunks"))


def corpus() -> list[tuple[int, int, int]]:
    rows = Corpus.objects.order_by("label_rank")
    return list(rows.values_list("label_rank", "chunks", "length"))


def test_a_small_corpus_is_counted_at_once() -> None:
    ingested("Whales sing.", title="A", source="a")
    ingested("Whales dive.", title="B", source="b")
    assert lexemes(0) == {"b": 1, "dive": 1, "sing": 1, "whale": 2}
    assert corpus() == [(0, 2, 5)]


def test_ranks_are_counted_apart() -> None:
    ingested("Whales sing.", title="A", source="a")
    ingested("Whales dive.", title="B", source="b", label="confidential")
    assert lexemes(0) == {"sing": 1, "whale": 1}
    assert lexemes(2) == {"b": 1, "dive": 1, "whale": 1}
    assert corpus() == [(0, 1, 2), (2, 1, 3)]


def test_relabelling_is_counted_at_once() -> None:
    ingested("Whales sing.", title="A")
    taken("Whales sing.", title="A", label="restricted")
    assert (lexemes(0), lexemes(3)) == ({}, {"sing": 1, "whale": 1})
    assert corpus() == [(3, 1, 2)]


def test_what_went_is_counted_no_more() -> None:
    ingested()
    Document.objects.all().delete()
    counting.soon()
    assert (Lexeme.objects.count(), corpus()) == (0, [])


def test_a_large_corpus_is_counted_by_one_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "SMALL", 0)
    ingested(source="a")
    ingested(source="b")
    (found,) = ProcrastinateJob.objects.filter(task_name=job.RECOUNT)
    assert (found.queueing_lock, corpus()) == ("recount", [])
    assert found.scheduled_at is not None


def test_what_was_changed_past_us_is_looked_after() -> None:
    ingested()
    assert counting.look_after() is False
    Chunk.objects.all().delete()
    assert [counting.look_after(), counting.look_after()] == [True, False]
    assert corpus() == []
