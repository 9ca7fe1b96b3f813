"""From reranked candidates to the passages of a prompt: boost, staleness, threshold, cut."""

from datetime import date

import msgspec

from profiles.retrieval.gate import days_before
from profiles.retrieval.passages import Candidate, Found, Passage, Query, Ranked, Traced
from profiles.retrieval.policy import Retrieval

STALE_WEIGHT = 0.8


def chosen_passages(query: Query, ranked: Ranked, profile: Retrieval) -> Found:
    """Pure. A score is at most 1 plus the document's boost."""
    going = [_final(c, query) for c in ranked.candidates if not c.dropped]
    going.sort(key=lambda c: (-c.scores["final"], c.ranks["reranked"]))
    ended = [_placed(c, rank, profile) for rank, c in enumerate(going, start=1)]
    dropped = [c for c in ranked.candidates if c.dropped]
    return Found(
        passages=tuple(_passage(c, query) for c in ended if not c.dropped),
        mode="hybrid" if query.vector is not None else "lexical",
        notes=ranked.notes,
        trace=tuple(_traced(c) for c in (*ended, *dropped)),
    )


def _final(candidate: Candidate, query: Query) -> Candidate:
    score = candidate.scores["reranked"] + query.boosts.get(candidate.document, 0.0)
    if stale(candidate.dated, query):
        score *= STALE_WEIGHT
    return msgspec.structs.replace(candidate, scores={**candidate.scores, "final": score})


def stale(dated: date | None, query: Query) -> bool:
    """A document without a date is not known to be old."""
    if dated is None or query.stale_days is None:
        return False
    return dated < days_before(query.today or date.today(), query.stale_days)


def _placed(candidate: Candidate, rank: int, profile: Retrieval) -> Candidate:
    dropped = ""
    if candidate.scores["final"] < profile.score_threshold:
        dropped = "score_threshold"
    elif rank > profile.rerank_top_k:
        dropped = "rerank_top_k"
    return msgspec.structs.replace(
        candidate, ranks={**candidate.ranks, "final": rank}, dropped=dropped
    )


def _passage(candidate: Candidate, query: Query) -> Passage:
    return Passage(
        document=candidate.document,
        chunk=candidate.chunk,
        title=candidate.title,
        heading=candidate.heading,
        text=candidate.text,
        label=candidate.label,
        dated=candidate.dated,
        score=candidate.scores["final"],
        stale=stale(candidate.dated, query),
    )


def _traced(c: Candidate) -> Traced:
    return Traced(c.document, c.chunk, c.title, c.ranks, c.scores, c.dropped)
