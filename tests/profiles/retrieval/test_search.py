"""A search from query to passages, over real chunks: each field of a profile alone."""

from datetime import date

import pytest

from profiles.retrieval.search import Query
from tests.profiles.retrieval.library import count, dropped, find, shelve, space, texts

pytestmark = pytest.mark.django_db

PUMP = "The pump stops when the tank is full."
TODAY = date(2026, 6, 30)


def pumps(number: int) -> None:
    """So many documents about pumps, the first says it most."""
    for n in range(number):
        shelve("pump " * (number - n) + f"and topic{n} besides", title=f"Pump {n}")
    count()


def test_the_passage_that_says_it_is_found() -> None:
    shelve(PUMP, "Invoices are paid monthly.")
    count()
    assert texts(find("When do the pumps stop?")) == [PUMP]


def test_nothing_is_found_for_a_query_without_words() -> None:
    shelve(PUMP)
    count()
    for query in ("", "the of and", "\0", "?!", "\ud800"):
        assert find(query).trace == ()


def test_what_was_never_counted_is_found_all_the_same() -> None:
    shelve(PUMP)
    assert texts(find("pump")) == [PUMP]


@pytest.mark.parametrize(
    "query", ["it's o'clock", "a\\b'c | !d & (e", "x:*A <-> y", "%s %(limit)s"]
)
def test_no_query_is_read_as_a_search_expression(query: str) -> None:
    text = f"pump {query}"
    shelve(text)
    count()
    assert texts(find(f"pump {query}")) == [text]


def test_top_k_bounds_what_is_looked_at_closer() -> None:
    pumps(4)
    assert dropped(find("pump", top_k=3, rerank_top_k=3)) == ["top_k"]
    assert dropped(find("pump", top_k=4, rerank_top_k=4)) == []


def test_rerank_top_k_bounds_what_is_kept() -> None:
    pumps(4)
    assert len(find("pump", rerank_top_k=2).passages) == 2
    assert dropped(find("pump", rerank_top_k=3)) == ["rerank_top_k"]


def test_score_threshold_leaves_out_what_is_below() -> None:
    pumps(3)
    lowest = find("pump").passages[-1].score
    assert dropped(find("pump", score_threshold=lowest)) == []
    assert dropped(find("pump", score_threshold=lowest + 0.001)) == ["score_threshold"]


def test_freshness_cutoff_days_leaves_out_older_documents() -> None:
    shelve("old pump", dated=date(2026, 5, 30))
    shelve("new pump", dated=date(2026, 6, 10))
    count()
    query = Query("pump", 0, today=TODAY)
    assert sorted(texts(find(query))) == ["new pump", "old pump"]
    assert texts(find(query, freshness_cutoff_days=30)) == ["new pump"]
    assert len(find(query, freshness_cutoff_days=31).trace) == 2
    assert len(find(query, freshness_cutoff_days=36_500 * 30).trace) == 2


def test_include_undated_decides_on_documents_without_a_date() -> None:
    shelve("pump of no date")
    count()
    query = Query("pump", 0, today=TODAY)
    assert len(find(query, freshness_cutoff_days=30, include_undated=True).passages) == 1
    assert find(query, freshness_cutoff_days=30, include_undated=False).trace == ()


def test_a_boost_is_added_after_reranking() -> None:
    first, second = shelve("pump pump pump"), shelve("a pump among other things")
    count()
    boosted = find(Query("pump", 0, boosts={second.pk: 0.15}))
    plain = find("pump")
    assert [p.document for p in plain.passages] == [first.pk, second.pk]
    assert [p.document for p in boosted.passages] == [second.pk, first.pk]
    assert boosted.passages[0].score == pytest.approx(plain.passages[1].score + 0.15)


def test_a_document_past_its_days_weighs_less_and_says_so() -> None:
    shelve("pump", dated=date(2026, 6, 1))
    count()
    at = {"text": "pump", "limit": 0, "today": TODAY}
    (fresh,) = find(Query(**at, stale_days=29)).passages  # type: ignore[arg-type]
    (stale,) = find(Query(**at, stale_days=28)).passages  # type: ignore[arg-type]
    assert (fresh.stale, stale.stale) == (False, True)
    assert stale.score == pytest.approx(0.8 * fresh.score)


def test_the_gate_hides_what_is_above_it() -> None:
    for label in ("public", "internal", "confidential", "restricted", ""):
        shelve(f"pump {label}", label=label)
    count()
    seen = {limit: len(find(Query("pump", limit)).trace) for limit in range(4)}
    assert seen == {0: 1, 1: 2, 2: 3, 3: 5}


def test_a_relabelled_document_is_gone_at_once() -> None:
    document = shelve(PUMP)
    count()
    document.label = "restricted"
    document.save()
    assert find("pump").trace == ()


def test_a_restricted_document_moves_no_score_of_a_public_search() -> None:
    in_space = space()
    for n in range(3):
        shelve(f"pump {'tank ' * n}", title=f"{n}", space=in_space, vectors=[[1.0, float(n)]])
    count()
    query = Query("pump tank", 0, vector=[1.0, 0.5], space=in_space.pk)
    before = find(query)
    shelve(*["pump tank " * 9] * 5, label="restricted", space=in_space, vectors=[[1.0, 0.5]] * 5)
    count()
    assert find(query) == before


def test_a_passage_comes_with_what_a_citation_needs() -> None:
    document = shelve("nothing", PUMP, title="Manual", label="public", dated=TODAY)
    count()
    (passage,) = find("pump").passages
    assert (passage.document, passage.chunk, passage.title) == (document.pk, 1, "Manual")
    assert (passage.label, passage.dated, passage.score) == ("public", TODAY, 1.0)


def test_the_trace_tells_each_stage() -> None:
    shelve(PUMP)
    count()
    (traced,) = find("pump").trace
    assert traced.ranks == dict.fromkeys(("lexical", "fused", "reranked", "final"), 1)
    assert traced.scores["lexical"] > 0
    assert traced.scores["final"] == 1.0
