"""Chunks by the words they share with the query: PostgreSQL's full text, ranked by BM25.

The rarest of the query's lexemes say which chunks are candidates, until they would be more
than BUDGET. Each candidate is scored over all lexemes. So a collection below the budget is
ranked exactly as BM25 ranks it, and a large one costs no more than the budget.

Every count (chunks, their length, document frequencies) is that of the labels up to the
query's limit: what is above it moves no score.
"""

import math
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection

from profiles.retrieval.gate import gate
from profiles.retrieval.passages import Query
from profiles.retrieval.policy import Retrieval

K1, B = 1.2, 0.75
BUDGET = 3000  # candidates
LONGEST = 20_000  # characters of a query that are read
MOST_LEXEMES = 32  # of a query that count, those that weigh most
MOST_POSITIONS = 256  # of one lexeme that a tsvector keeps

_COUNTS = """
SELECT q.lexeme, cardinality(q.positions), coalesce(sum(l.chunks), 0)::float8
FROM unnest(to_tsvector(%(config)s::regconfig, %(text)s)) q
LEFT JOIN profiles_lexeme l ON l.lexeme = q.lexeme AND l.label_rank <= %(limit)s
GROUP BY 1, 2
"""
_CORPUS = """
SELECT coalesce(sum(chunks), 0)::float8, coalesce(sum(length), 0)::float8
FROM profiles_corpus WHERE label_rank <= %(limit)s
"""


class Lexeme(msgspec.Struct, frozen=True):
    """`weight` is its inverse document frequency, times how often the query says it."""

    text: str
    chunks: float
    weight: float


def ranking(query: Query, profile: Retrieval, depth: int) -> list[tuple[int, float]]:
    """The best chunks' ids with their BM25 scores, best first, `depth` at most."""
    with connection.cursor() as cursor:
        lexemes, average = _counted(cursor, query)
        if not lexemes:
            return []
        sql, named = gate(query, profile)
        named |= {"average": average, "depth": depth, "tsquery": _any_of(_selecting(lexemes))}
        cursor.execute(_statement(lexemes, sql, named), named)
        return [(pk, score) for pk, score in cursor.fetchall()]


def _counted(cursor: Any, query: Query) -> tuple[list[Lexeme], float]:
    """The query's lexemes, the rarest first, and the average length of a chunk."""
    named = {
        "config": settings.LAKEHOUSE_TEXT_SEARCH,
        "text": query.text[:LONGEST].replace("\0", " "),
        "limit": query.limit,
    }
    cursor.execute(_CORPUS, named)
    total, length = cursor.fetchone()
    cursor.execute(_COUNTS, named)
    found = [
        Lexeme(text, chunks, said * _rarity(total, max(chunks, 1)))
        for text, said, chunks in cursor.fetchall()
    ]
    heaviest = sorted(found, key=lambda lexeme: (-lexeme.weight, lexeme.text))[:MOST_LEXEMES]
    rarest = sorted(heaviest, key=lambda lexeme: (lexeme.chunks, lexeme.text))
    return rarest, length / total if length else 1.0


def _rarity(total: float, chunks: float) -> float:
    total = max(total, chunks)
    return math.log(1 + (total - chunks + 0.5) / (chunks + 0.5))


def _selecting(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Those whose chunks are the candidates: the rarest, one at least."""
    selected, rows = lexemes[:1], lexemes[0].chunks
    for lexeme in lexemes[1:]:
        rows += lexeme.chunks
        if rows > BUDGET:
            break
        selected.append(lexeme)
    return selected


def _statement(lexemes: list[Lexeme], gated: str, named: dict[str, Any]) -> str:
    """How often a lexeme stands in a chunk is read out of `ts_rank`.

    Of one lexeme, all weights 1, it is (1/1 + 1/4 + … + 1/n²) / 1.64493406685 for n positions.
    """
    named["places"] = _PLACES
    counted, scores = [], []
    for number, lexeme in enumerate(lexemes):
        named[f"word{number}"], named[f"weight{number}"] = quoted(lexeme.text), lexeme.weight
        counted.append(
            f"width_bucket(ts_rank('{{1,1,1,1}}', c.words, %(word{number})s::tsquery)::float8,"
            f" %(places)s::float8[]) AS n{number}"
        )
        scores.append(f"%(weight{number})s * n{number} / (n{number} + norm)")
    return f"""
SELECT id, {" + ".join(scores)} AS score FROM (
    SELECT c.id, {K1} * ({1 - B} + {B} * c.length / %(average)s) AS norm, {", ".join(counted)}
    FROM profiles_chunk c WHERE {gated} AND c.words @@ %(tsquery)s::tsquery
    LIMIT {BUDGET} OFFSET 0
) counted ORDER BY score DESC, id LIMIT %(depth)s"""  # noqa: S608 - numbers and names of ours


def _thresholds() -> list[float]:
    """Between what `ts_rank` gives for n - 1 positions and for n, for each n."""
    found, total = [], 0.0
    for n in range(1, MOST_POSITIONS + 1):
        found.append((total + 0.5 / n**2) / 1.64493406685)
        total += 1 / n**2
    return found


_PLACES = _thresholds()


def _any_of(lexemes: list[Lexeme]) -> str:
    return " | ".join(quoted(lexeme.text) for lexeme in lexemes)


def quoted(lexeme: str) -> str:
    """As PostgreSQL reads it as one lexeme of a tsquery."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
