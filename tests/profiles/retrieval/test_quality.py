"""What the benchmark measures, on the project's own collection and on a line of Cranfield's."""

from pathlib import Path

import pytest

from tests.bench.retrieval import collections, quality
from tests.bench.retrieval.collections import OWN, Collection
from tests.bench.retrieval.measures import ndcg, recall
from tests.profiles.retrieval.library import count, shelve, space

CRANFIELD = {
    "cran.all.1400": ".I 1\n.T\nwing\nflow .\n.A\nbrown\n.B\nj. 1\n.W\nlift of\na wing .\n"
    ".I 2\n.T\nheat\n.W\nheat .\n",
    "cran.qry": ".I 001\n.W\nwhat is lift .\n.I 004\n.W\nwhat is heat .\n",
    "cranqrel": "1 1 2\n2 2 -1\n2 1 4\n2 99 1\n",
}


def test_cranfields_files_are_read(tmp_path: Path) -> None:
    for name, text in CRANFIELD.items():
        (tmp_path / name).write_text(text)
    assert collections.read(tmp_path) == Collection(
        {"1": ("wing flow .", "lift of a wing ."), "2": ("heat", "heat .")},
        {"1": "what is lift .", "2": "what is heat ."},
        {"1": {"1": 3}, "2": {"1": 1}},
    )


def test_a_folder_without_a_collection_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="holds no collection"):
        collections.read(tmp_path)


def test_the_projects_own_collection_is_whole() -> None:
    own = collections.read(OWN)
    assert own.queries.keys() == own.judgements.keys()
    assert {d for judged in own.judgements.values() for d in judged} <= own.documents.keys()


def test_measures_are_as_defined() -> None:
    judged = {"a": 2, "b": 1}
    assert ndcg(["a", "b"], judged) == 1
    assert ndcg(["x", "b"], judged) == pytest.approx(0.6309 / 2.6309, abs=1e-4)
    assert (recall(["x", "b"], judged), recall(["b", "a"], judged, depth=1)) == (0.5, 0.5)


@pytest.mark.django_db
def test_lexical_is_no_worse_than_bm25s_and_hybrid_finds_more() -> None:
    own = collections.read(OWN)
    within = space(quality.DIMENSIONS)
    written = [f"{title}\n{text}" for title, text in own.documents.values()]
    for (title, _), text, vector in zip(
        own.documents.values(), written, quality.embedded(written), strict=True
    ):
        shelve(text, title=title, space=within, vectors=[vector])
    count()
    found = {name: float(value) for name, value, _ in quality.measured(own)[1:]}
    for measure in ("nDCG@10", "recall@20"):
        for words in ("its own words", "PostgreSQL's words"):
            assert found[f"{measure}, lexical"] >= found[f"{measure}, bm25s, {words}"]
        assert found[f"{measure}, lexical, the whole search"] >= found[f"{measure}, lexical"]
    assert found["recall@20, hybrid, the whole search"] >= found["recall@20, lexical"]
