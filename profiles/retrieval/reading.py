"""The ranked chunks' rows: titles and texts."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from profiles.retrieval.passages import Candidate, Query, Stage

# The label again: a chunk may have been labelled anew since it was ranked.
_ROWS = """
SELECT c.id, c.document_id, c.position, d.title, c.heading, d.label, c.dated,
    CASE WHEN c.id = ANY(%(kept)s) THEN c.text END
FROM profiles_chunk c JOIN profiles_document d ON d.id = c.document_id
WHERE c.label_rank <= %(limit)s AND c.id = ANY(%(ranked)s)
"""
Ranking = Sequence[tuple[int, float]]


def read(
    query: Query, rankings: Mapping[Stage, Ranking], fused: Ranking, top_k: int
) -> list[Candidate]:
    """Candidates in the order of `fused`, the first `top_k` with their texts, the others dropped.

    A chunk that went meanwhile, or was labelled above the limit, is left out.
    """
    ranked = [pk for pk, _ in fused]
    named: dict[str, Any] = {"limit": query.limit, "ranked": ranked, "kept": ranked[:top_k]}
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, named)
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    ranks: dict[int, dict[Stage, int]] = {pk: {} for pk in ranked}
    scores: dict[int, dict[Stage, float]] = {pk: {} for pk in ranked}
    stages: dict[Stage, Ranking] = {**rankings, "fused": fused}
    for stage, ranking in stages.items():
        for rank, (pk, score) in enumerate(ranking, start=1):
            ranks[pk][stage], scores[pk][stage] = rank, score
    found = []
    for pk in (pk for pk in ranked if pk in rows):
        document, position, title, heading, label, dated, text = rows[pk]
        dropped = "" if ranks[pk]["fused"] <= top_k else "top_k"
        found.append(
            Candidate(
                document=document,
                chunk=position,
                title=title,
                heading=heading,
                text=text or "",
                label=label,
                dated=dated,
                ranks=ranks[pk],
                scores=scores[pk],
                dropped=dropped,
            )
        )
    return found
