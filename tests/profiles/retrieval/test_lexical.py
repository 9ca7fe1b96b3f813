"""The lexical ranking is BM25, exactly where a collection is small and nearly where it is not."""

import math
import random
from collections import Counter

import pytest
from django.db import connection

from profiles.models import Chunk
from profiles.retrieval import lexical
from profiles.retrieval.passages import Query
from profiles.retrieval.policy import Retrieval
from tests.profiles.retrieval.library import count, shelve

pytestmark = pytest.mark.django_db

PROFILE = Retrieval("docs", 1)
WORDS = [f"w{n}" for n in range(60)]


def texts(number: int, seed: int) -> list[str]:
    drawn = random.Random(seed)
    weights = [1 / (n + 1) for n in range(len(WORDS))]
    return [" ".join(drawn.choices(WORDS, weights, k=drawn.randint(1, 300))) for _ in range(number)]


def bm25(query: list[str], documents: list[list[str]]) -> list[float]:
    """As it is defined, without any index."""
    average = sum(map(len, documents)) / len(documents)
    scores = [0.0] * len(documents)
    for word, said in Counter(query).items():
        having = sum(word in document for document in documents)
        rarity = math.log(1 + (len(documents) - having + 0.5) / (having + 0.5))
        for place, document in enumerate(documents):
            n = document.count(word)
            scores[place] += said * rarity * n / (n + 1.2 * (0.25 + 0.75 * len(document) / average))
    return scores


def ranked(text: str, depth: int = 1000) -> dict[int, float]:
    return dict(lexical.ranking(Query(text, 0), PROFILE, depth))


def test_a_small_collection_is_ranked_exactly() -> None:
    written = texts(40, seed=1)
    shelve(*written)
    count()
    chunks = list(Chunk.objects.order_by("position").values_list("pk", flat=True))
    for query in ("w0", "w1 w30 w59", "w2 w2 w2 w40", "w5 absent", " ".join(WORDS[:30])):
        expected = bm25(query.split(), [text.split() for text in written])
        wanted = {pk: s for pk, s in zip(chunks, expected, strict=True) if s}
        assert ranked(query) == pytest.approx(wanted)


@pytest.mark.parametrize("times", [1, 2, 3, 50, 255])
def test_how_often_a_word_stands_is_read_exactly(times: int) -> None:
    shelve("pump " * times, "tank " * 100)
    count()
    (score,) = ranked("pump").values()
    average = (times + 100) / 2
    norm = 1.2 * (0.25 + 0.75 * times / average)
    assert score == pytest.approx(math.log(2) * times / (times + norm))


def test_a_word_too_many_costs_no_more_than_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the chunks that have all words, and those that have the rare ones, come first."""
    monkeypatch.setattr(lexical, "BUDGET", 5)
    shelve(*["pump"] * 20, *["tank"] * 10, "pump tank", "pump tank valve")
    count()
    both, every = Chunk.objects.filter(text__contains="pump tank").order_by("pk")
    assert {both.pk, every.pk} < ranked("pump tank").keys()
    assert len(ranked("pump tank")) == 5
    assert list(ranked("pump tank valve")) == [every.pk]


def test_only_the_weightiest_words_of_a_long_query_count() -> None:
    shelve("pump", *["tank"] * 5)
    count()
    query = Query("pump pump pump tank " + " ".join(f"z{n}" for n in range(500)), 0)
    with connection.cursor() as cursor:
        found, total, average = lexical._counted(cursor, query)
    assert (total, average, len(found)) == (6, 1, lexical.MOST_LEXEMES)
    assert "pump" in [lexeme.text for lexeme in found]
