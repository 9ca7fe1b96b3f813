"""A search, from a query to the passages of a prompt.

    found = candidates(query, profile)              the gate, two rankings, fused, top_k
    ranked = await reranked(…, query, found, …)     closer, by a provider or by itself
    chosen_passages(query, ranked, profile)         boost, staleness, threshold, rerank_top_k

`profiles.embedding.of_query.embedded` gives the query its vector before.
"""

from django.db import transaction

from profiles.retrieval import lexical, vector
from profiles.retrieval.choosing import chosen_passages
from profiles.retrieval.fusing import fused
from profiles.retrieval.passages import (
    Candidate,
    Found,
    Passage,
    Query,
    Ranked,
    Stage,
    Traced,
)
from profiles.retrieval.policy import Retrieval
from profiles.retrieval.reading import read
from profiles.retrieval.reranking import reranked

__all__ = [
    "Candidate",
    "Found",
    "Passage",
    "Query",
    "Ranked",
    "Traced",
    "candidates",
    "chosen_passages",
    "reranked",
]

DEEPER = 20  # ranks below top_k that are looked at: a chunk low in both rankings may be high fused


def candidates(query: Query, profile: Retrieval) -> list[Candidate]:
    """The fused rankings, best first, those below `top_k` dropped. One short transaction."""
    depth = profile.top_k + DEEPER
    rankings: dict[Stage, list[tuple[int, float]]] = {}
    with transaction.atomic():
        rankings["lexical"] = lexical.ranking(query, profile, depth)
        if query.vector is not None:
            rankings["vector"] = vector.ranking(query, profile, depth)
        return read(query, rankings, fused(rankings), profile.top_k)
