"""How good a ranking is, against judgements."""

import math
from collections.abc import Mapping, Sequence


def ndcg(ranking: Sequence[str], judged: Mapping[str, int], depth: int = 10) -> float:
    """Gains as judged, discounted by the logarithm of the rank, over the best there could be."""
    best = sorted(judged.values(), reverse=True)
    return _gain([judged.get(document, 0) for document in ranking], depth) / _gain(best, depth)


def recall(ranking: Sequence[str], judged: Mapping[str, int], depth: int = 20) -> float:
    return len(set(ranking[:depth]) & judged.keys()) / len(judged)


def _gain(grades: Sequence[int], depth: int) -> float:
    return sum(grade / math.log2(rank + 2) for rank, grade in enumerate(grades[:depth]))
