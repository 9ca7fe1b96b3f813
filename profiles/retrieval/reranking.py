"""The candidates once more, closer: by a provider's reranker, else as they were fused."""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence

import msgspec

from profiles.embedding import patience
from profiles.embedding.chosen import Chosen, NotChosen, for_reranking
from profiles.retrieval.diversity import diverse
from profiles.retrieval.passages import Candidate, Query, Ranked
from profiles.retrieval.policy import Retrieval
from providers import adapters, secrets
from providers.asking import rerank
from providers.endpoint import Endpoint, rank
from providers.errors import ProviderError
from providers.messages import RerankRequest
from providers.transport import Transport

SECONDS = 3.0  # that a call may wait for it
LONGEST = 4000  # characters of a query that it is asked with


async def reranked(
    transport: Transport,
    endpoints: Mapping[str, Endpoint],
    query: Query,
    candidates: Sequence[Candidate],
    profile: Retrieval,
    allowed: Callable[[str], bool],
) -> Ranked:
    """By the provider that LAKEHOUSE_RERANK names, where it may see the query and every text.

    `allowed` says whether the caller may use the provider of this name. Never raises for what a
    provider does: the fused order stands then, near duplicates last, and a note says why.
    """
    going = [c for c in candidates if not c.dropped]
    dropped = [c for c in candidates if c.dropped]
    try:
        chosen = for_reranking(endpoints)
        _cleared(chosen.endpoint, query, going, allowed)
        scores = await _asked(transport, chosen, query, going) if going else []
        notes: tuple[str, ...] = ()
    except (NotChosen, _Unusable) as error:
        scores = diverse(going, profile.rerank_top_k)
        notes = (f"{error} Ranked by words and vectors alone.",) if str(error) else ()
    return Ranked((*_placed(going, scores), *dropped), notes)


class _Unusable(Exception):
    """Why the reranker is not used, for people."""


def _cleared(
    endpoint: Endpoint,
    query: Query,
    candidates: Sequence[Candidate],
    allowed: Callable[[str], bool],
) -> None:
    if not allowed(endpoint.name):
        raise _Unusable(f"This caller may not use {endpoint.name}, which reranks.")
    held = max([query.text_rank, *(rank(c.label) for c in candidates)])
    if rank(endpoint.clearance) < held:
        raise _Unusable(
            f"{endpoint.name}, which reranks, is cleared to {endpoint.clearance} only, and what "
            "was found or asked is above that."
        )


async def _asked(
    transport: Transport, chosen: Chosen, query: Query, candidates: Sequence[Candidate]
) -> list[float]:
    """From 0 to 1 each. Raises _Unusable."""
    endpoint = chosen.endpoint
    if secs := patience.rested(endpoint.name, "rerank"):
        raise _Unusable(f"{endpoint.name} was too slow lately. It is asked again in {secs:.0f} s.")
    texts = tuple("\n".join(filter(None, (c.title, c.heading, c.text))) for c in candidates)
    request = RerankRequest(chosen.model, query.text[:LONGEST], texts)
    adapter = adapters.get(endpoint.kind)
    try:
        async with asyncio.timeout(SECONDS):
            secret = secrets.resolve(endpoint).reveal()
            result = await rerank(transport, adapter, endpoint, request, secret)
    except TimeoutError:
        patience.rest(endpoint.name, "rerank")
        raise _Unusable(f"{endpoint.name} did not rerank within {SECONDS:g} s.") from None
    except ProviderError as error:
        raise _Unusable(f"{endpoint.name} did not rerank ({error.failure.kind}).") from None
    return _between_0_and_1(result.scores)


def _between_0_and_1(scores: list[float]) -> list[float]:
    """As they are, or where the model gives logits, the probabilities that they stand for."""
    if all(0 <= score <= 1 for score in scores):
        return scores
    return [(1 + math.tanh(score / 2)) / 2 for score in scores]


def _placed(candidates: Sequence[Candidate], scores: Sequence[float]) -> list[Candidate]:
    """Best first; of equals, the one that was fused higher."""
    pairs = sorted(
        zip(candidates, scores, strict=True), key=lambda pair: (-pair[1], pair[0].ranks["fused"])
    )
    return [
        msgspec.structs.replace(
            candidate,
            ranks={**candidate.ranks, "reranked": place},
            scores={**candidate.scores, "reranked": score},
        )
        for place, (candidate, score) in enumerate(pairs, start=1)
    ]
