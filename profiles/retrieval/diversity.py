"""Maximal marginal relevance: what says the same again comes after what says something else.

Only near duplicates lose (overlapping chunks, copies, an older edition): passages that are
merely about the same thing are what was asked for.
"""

import re
from collections.abc import Sequence

from profiles.retrieval.passages import Candidate

NEAR = 0.6  # share of words in common, from which one counts as said already
COMPARED = 50  # of those ahead, at most
_WORD = re.compile(r"\w+")


def diverse(candidates: Sequence[Candidate], kept: int) -> list[float]:
    """Their fused scores, less for near duplicates of one ahead. They come best first.

    Twice as many are looked back at as are `kept`: a copy further up takes no place of theirs.
    """
    ahead: list[set[str]] = []
    scores = []
    for candidate in candidates:
        words = set(_WORD.findall(candidate.text.lower()))
        alike = max((similarity(words, other) for other in ahead), default=0.0)
        scores.append(candidate.scores["fused"] * (1 - alike if alike >= NEAR else 1))
        if alike < NEAR and len(ahead) < min(2 * kept, COMPARED):
            ahead.append(words)
    return scores


def similarity(one: set[str], other: set[str]) -> float:
    """From 0, no word in common, to 1, the same words. Of two without any, 0."""
    if not one or not other:
        return 0.0
    common = len(one & other)
    return common / (len(one) + len(other) - common)
