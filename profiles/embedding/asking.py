"""Asking for vectors, in batches."""

from collections.abc import Sequence

from profiles.embedding.chosen import Chosen
from profiles.embedding.space import Space
from providers import adapters, secrets
from providers.asking import embed
from providers.errors import ErrorKind, ProviderError, failure
from providers.messages import EmbeddingRequest
from providers.transport import Transport

BATCH = 64
MOST_DIMENSIONS = 4000  # what pgvector's index of half-precision vectors takes


async def vectors(transport: Transport, chosen: Chosen, texts: Sequence[str]) -> list[list[float]]:
    """One a text, in their order, all of one length. Raises ProviderError."""
    adapter = adapters.get(chosen.endpoint.kind)
    secret = secrets.resolve(chosen.endpoint).reveal()
    found: list[list[float]] = []
    for start in range(0, len(texts), BATCH):
        batch = tuple(texts[start : start + BATCH])
        request = EmbeddingRequest(chosen.model, batch, chosen.dimensions)
        found += (await embed(transport, adapter, chosen.endpoint, request, secret)).vectors
    lengths = {len(vector) for vector in found}
    if len(lengths) > 1 or not all(0 < length <= MOST_DIMENSIONS for length in lengths):
        told = ", ".join(map(str, sorted(lengths)))
        text = (
            f"{chosen.endpoint.name}/{chosen.model} gave vectors of {told} numbers; they must all "
            f"have one length, {MOST_DIMENSIONS} at most. Ask for fewer in LAKEHOUSE_EMBEDDING."
        )
        raise ProviderError(failure(ErrorKind.PROTOCOL, text))
    return found


def space_of(chosen: Chosen, vector: Sequence[float]) -> Space:
    """The space that this vector of theirs is in; made when it is new."""
    found, _ = Space.objects.get_or_create(
        provider=chosen.endpoint.name, model=chosen.model, dimensions=len(vector)
    )
    return found
