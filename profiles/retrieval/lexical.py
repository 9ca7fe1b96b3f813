"""Chunks by the words they share with the query: PostgreSQL's full text, ranked by BM25.

The rarest of the query's lexemes say which chunks are candidates, until they would be more
than BUDGET; each candidate is scored over all lexemes. So a collection within the budget is
ranked exactly as BM25 ranks it, and a large one costs no more than the budget. Where even
the rarest lexeme is common, chunks that have all lexemes are taken first.

Every count (chunks, their length, document frequencies) is that of the labels up to the
query's limit: what is above it moves no score.
"""

import math
from itertools import accumulate
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection

from profiles.retrieval.gate import gate
from profiles.retrieval.passages import Query
from profiles.retrieval.policy import Retrieval

K1, B = 1.2, 0.75
BUDGET = 1500  # candidates; of 100,000 chunks they hold 99.8 % of the best 20
LONGEST = 20_000  # characters of a query that are read
MOST_LEXEMES = 32  # of a query that count, those that weigh most
ZETA_2 = math.pi**2 / 6

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
        lexemes, total, average = _counted(cursor, query)
        if not lexemes:
            return []
        gated, named = gate(query, profile)
        named |= {"average": average, "depth": depth}
        candidates = _candidates(_tiers(lexemes, total), gated, named)
        cursor.execute(_scored(lexemes, candidates, named), named)
        return [(pk, score) for pk, score in cursor.fetchall()]


def _counted(cursor: Any, query: Query) -> tuple[list[Lexeme], float, float]:
    """The query's lexemes, the rarest first; how many chunks there are; their average length."""
    named = {
        "config": settings.LAKEHOUSE_TEXT_SEARCH,
        "text": storable(query.text[:LONGEST]),
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
    return rarest, total, length / total if length else 1.0


def _rarity(total: float, chunks: float) -> float:
    total = max(total, chunks)
    return math.log(1 + (total - chunks + 0.5) / (chunks + 0.5))


def _tiers(lexemes: list[Lexeme], total: float) -> list[str]:
    """Whose chunks are the candidates, as tsqueries; each finds what the one before it does."""
    if total <= BUDGET:
        return [" | ".join(map(quoted, lexemes))]
    if lexemes[0].chunks > BUDGET:
        sizes = sorted({len(lexemes), min(2, len(lexemes)), 1}, reverse=True)
        return [" & ".join(map(quoted, lexemes[:size])) for size in sizes]
    rows = accumulate(lexeme.chunks for lexeme in lexemes)
    rare = [lexeme for lexeme, sum_ in zip(lexemes, rows, strict=True) if sum_ <= BUDGET]
    return [" | ".join(map(quoted, rare))]


def _candidates(tiers: list[str], gated: str, named: dict[str, Any]) -> str:
    """Their statement; adds to its parameters. `setweight` changes nothing, but gives a value
    that is unpacked once, and not again for each lexeme.
    """
    parts = []
    for number, tsquery in enumerate(tiers):
        named[f"tier{number}"] = tsquery
        anew = f" AND NOT c.words @@ %(tier{number - 1})s::tsquery" if number else ""
        parts.append(
            "(SELECT c.id, c.length, setweight(c.words, 'D') AS words "  # noqa: S608 - ours
            f"FROM profiles_chunk c WHERE {gated} AND c.words @@ %(tier{number})s::tsquery{anew})"
        )
    return f"{' UNION ALL '.join(parts)} LIMIT {BUDGET}"


def _scored(lexemes: list[Lexeme], candidates: str, named: dict[str, Any]) -> str:
    """BM25 over all lexemes, of the candidates; adds to its parameters.

    How often a lexeme stands in a chunk is read out of `ts_rank`, which for one lexeme, all
    weights 1, gives (1/1 + 1/4 + … + 1/n²) / ζ(2) for n positions, about 1 - 1/(n + ½) / ζ(2).
    """
    counts, scores = [], []
    for number, lexeme in enumerate(lexemes):
        named[f"word{number}"], named[f"weight{number}"] = quoted(lexeme), lexeme.weight
        rank = f"ts_rank('{{1,1,1,1}}', words, %(word{number})s::tsquery)::float8"
        counts.append(f"round({1 / ZETA_2} / greatest(1 - {rank}, 1e-9) - 0.5) AS n{number}")
        scores.append(f"%(weight{number})s::float8 * n{number} / (n{number} + norm)")
    return f"""
SELECT id, {" + ".join(scores)} AS score FROM (
    SELECT id, {K1} * ({1 - B} + {B} * length / %(average)s::float8) AS norm, {", ".join(counts)}
    FROM ({candidates}) candidate OFFSET 0
) counted ORDER BY score DESC, id LIMIT %(depth)s"""  # noqa: S608 - numbers and names of ours


def quoted(lexeme: Lexeme) -> str:
    """As PostgreSQL reads it as one lexeme of a tsquery."""
    return "'" + lexeme.text.replace("\\", "\\\\").replace("'", "''") + "'"


def storable(text: str) -> str:
    """What PostgreSQL takes: without NUL and halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")
