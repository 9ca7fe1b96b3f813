"""nDCG@10 and recall@20 of each way to rank, on a judged collection."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import bm25s  # type: ignore[import-untyped]
from django.db import connection

from providers.adapters.echo import Echo
from providers.messages import EmbeddingRequest
from tests.bench.__main__ import Row
from tests.bench.retrieval import filling
from tests.bench.retrieval.collections import Collection
from tests.bench.retrieval.measures import ndcg, recall

DIMENSIONS = 1024
DEPTH = 20
Ranks = Callable[[str], list[str]]


def rows_of(collection: Collection) -> list[Row]:
    store(collection)
    return measured(collection)


def measured(collection: Collection) -> list[Row]:
    """Of what is stored, which is this collection in its order."""
    logging.getLogger("bm25s").setLevel(logging.WARNING)
    rows: list[Row] = [
        ("documents / queries", f"{len(collection.documents)} / {len(collection.queries)}", "")
    ]
    for name, ranks in _ways(collection).items():
        scores = [
            (ndcg(ranking, judged), recall(ranking, judged))
            for ranking, judged in (
                (ranks(text), collection.judgements[query])
                for query, text in collection.queries.items()
            )
        ]
        for measure, place in (("nDCG@10", 0), ("recall@20", 1)):
            mean = sum(score[place] for score in scores) / len(scores)
            aim = "at least bm25s" if (name, place) == ("lexical", 0) else ""
            rows.append((f"{measure}, {name}", f"{mean:.4f}", aim))
    return rows


def store(collection: Collection) -> None:
    from profiles.models import Space

    texts = [f"{title}\n{text}" for title, text in collection.documents.values()]
    space = Space.objects.create(provider="echo", model="echo", dimensions=DIMENSIONS)
    filling.fill(
        space.pk,
        [
            (title or " ", "public", [(text, vector)])
            for (title, text), vector in zip(
                collection.documents.values(), embedded(texts), strict=True
            )
        ],
    )
    filling.count()


def embedded(texts: list[str]) -> list[list[float]]:
    return Echo().embed_locally(EmbeddingRequest("echo", tuple(texts), DIMENSIONS)).vectors


def _ways(collection: Collection) -> dict[str, Ranks]:
    from profiles.models import Chunk, Space
    from profiles.retrieval import lexical, vector
    from profiles.retrieval.policy import Retrieval
    from profiles.retrieval.search import Query, candidates, chosen_passages, reranked

    profile = Retrieval("bench", 1, top_k=2 * DEPTH, rerank_top_k=DEPTH)
    pks = Chunk.objects.order_by("pk").values_list("pk", "document_id")
    ids = {pk: name for (pk, _), name in zip(pks, collection.documents, strict=True)}
    documents = {document: ids[pk] for pk, document in pks}
    space = Space.objects.get().pk

    def query(text: str, near: bool = True) -> Query:
        if not near:
            return Query(text, 0)
        return Query(text, 0, vector=embedded([text])[0], space=space)

    def whole(asked: Query) -> list[str]:
        listed = candidates(asked, profile)
        nobody: Any = None
        ranked = asyncio.run(reranked(nobody, {}, asked, listed, profile, lambda _: False))
        return [documents[p.document] for p in chosen_passages(asked, ranked, profile).passages]

    def of(ranking: list[tuple[int, float]]) -> list[str]:
        return [ids[pk] for pk, _ in ranking]

    return {
        "bm25s, its own words": _bm25s(collection, own_words=True),
        "bm25s, PostgreSQL's words": _bm25s(collection, own_words=False),
        "lexical": lambda text: of(lexical.ranking(query(text, False), profile, DEPTH)),
        "lexical, the whole search": lambda text: whole(query(text, False)),
        "vector (echo's)": lambda text: of(vector.ranking(query(text), profile, DEPTH)),
        "hybrid, the whole search": lambda text: whole(query(text)),
    }


def _bm25s(collection: Collection, *, own_words: bool) -> Ranks:
    """The library on the same texts, split by itself or by PostgreSQL, with our k1 and b."""
    ids = list(collection.documents)

    def split(texts: list[str]) -> Any:
        if own_words:
            return bm25s.tokenize(texts, stopwords="en", show_progress=False)
        return [_lexemes(text) for text in texts]

    index = bm25s.BM25(k1=1.2, b=0.75)
    texts = [f"{title}\n{text}" for title, text in collection.documents.values()]
    index.index(split(texts), show_progress=False)

    def ranks(text: str) -> list[str]:
        found, scores = index.retrieve(
            split([text]), corpus=ids, k=min(DEPTH, len(ids)), show_progress=False
        )
        return [i for i, score in zip(found[0], scores[0], strict=True) if score > 0]

    return ranks


def _lexemes(text: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lexeme, cardinality(positions) FROM unnest(to_tsvector('english', %s))", [text]
        )
        return [lexeme for lexeme, times in cursor.fetchall() for _ in range(times)]
