"""Several rankings made one, by reciprocal rank."""

from collections.abc import Mapping, Sequence

from profiles.retrieval.passages import Stage

K = 60


def fused(rankings: Mapping[Stage, Sequence[tuple[int, float]]]) -> list[tuple[int, float]]:
    """Ids with scores, best first; 1.0 is the first of every ranking.

    >>> fused({"lexical": [(7, 3.2), (8, 1.0)], "vector": [(7, 0.9)]})[0]
    (7, 1.0)
    """
    scores: dict[int, float] = {}
    for ranking in rankings.values():
        for rank, (pk, _) in enumerate(ranking, start=1):
            scores[pk] = scores.get(pk, 0.0) + (K + 1) / (K + rank) / len(rankings)
    return sorted(scores.items(), key=lambda entry: (-entry[1], entry[0]))
