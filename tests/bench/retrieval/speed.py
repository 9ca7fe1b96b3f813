"""Searches among many chunks: how fast they were stored, how large they are, how long one takes."""

import asyncio
import time
from typing import Any

from django.db import connection

from tests.bench.__main__ import Row
from tests.bench.activations import at
from tests.bench.retrieval import filling
from tests.bench.retrieval.synthetic import DIMENSIONS, Synthetic

QUERIES = 200
_TABLES = """
SELECT CASE WHEN relkind = 'i' THEN 'index ' ELSE 'table ' END || relname,
    CASE WHEN relkind = 'i' THEN pg_relation_size(oid) ELSE pg_table_size(oid) END
FROM pg_class WHERE relname IN ('profiles_chunk', 'chunk_words', 'profiles_lexeme')
    OR relname LIKE 'near\\_%'
ORDER BY 1
"""


def rows_of(chunks: int) -> list[Row]:
    from profiles.models import Space

    made = Synthetic(chunks)
    space = Space.objects.create(provider="bench", model="random", dimensions=DIMENSIONS).pk
    took = [
        _seconds(filling.fill, space, made.documents()),
        _seconds(filling.count),
        _seconds(filling.index, space, DIMENSIONS),
        _seconds(filling.tidy),
    ]
    return [
        ("chunks stored, their vectors given", f"{chunks / took[0]:.0f} a second", ""),
        ("counting lexemes", f"{took[1]:.1f} s", ""),
        ("building the vectors' index", f"{took[2]:.1f} s", ""),
        *_sizes(),
        *_searches(_queries(made, space)),
    ]


def _seconds(work: Any, *arguments: Any) -> float:
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started


def _sizes() -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return [(name, f"{size / 2**20:.0f} MB", "") for name, size in cursor.fetchall()]


def _queries(made: Synthetic, space: int) -> list[Any]:
    """Each made from some chunk: words of it, and a vector near its own."""
    from profiles.retrieval.search import Query

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT text, embedding::text FROM profiles_chunk WHERE label_rank <= 1 "
            "ORDER BY md5(id::text) LIMIT %s",
            [QUERIES],
        )
        rows = cursor.fetchall()
    return [
        Query(made.query(text), 1, vector=made.nearby(vector), space=space) for text, vector in rows
    ]


def _searches(queries: list[Any]) -> list[Row]:
    """One after another, all stages, by a caller who may see four of five chunks."""
    from profiles.retrieval import lexical, vector
    from profiles.retrieval.policy import Retrieval
    from profiles.retrieval.search import candidates, chosen_passages, reranked

    profile = Retrieval("bench", 1)
    nobody: Any = None

    def whole(query: Any) -> None:
        listed = candidates(query, profile)
        ranked = asyncio.run(reranked(nobody, {}, query, listed, profile, lambda _: False))
        assert chosen_passages(query, ranked, profile).passages

    stages = {
        "its lexical ranking": lambda query: lexical.ranking(query, profile, 40),
        "its vector ranking": lambda query: vector.ranking(query, profile, 40),
        "a search, all stages": whole,
    }
    rows: list[Row] = []
    for name, work in stages.items():
        took = sorted(_seconds(work, query) * 1000 for query in queries)
        aims = ("≤ 30 ms", "≤ 100 ms") if work is whole else ("", "")
        rows += [
            (f"{name}, p50", f"{at(took, 0.5):.1f} ms", aims[0]),
            (f"{name}, p99", f"{at(took, 0.99):.1f} ms", aims[1]),
        ]
    return rows
