"""The vectors of a document's passages, where its label lets a provider make them."""

import math
from collections.abc import Callable, Iterator, Sequence

import msgspec
from django.conf import settings
from pgvector import HalfVector

from profiles.activation.network import Network
from profiles.embedding.asking import BATCH, space_of, vectors
from profiles.embedding.chosen import Chosen, NotChosen, for_embedding
from profiles.embedding.space import Space
from providers.endpoint import rank
from providers.errors import ErrorKind, ProviderError, failure
from providers.models import Provider

ONLY_WORDS = "Found by its words only"


class Vectors(msgspec.Struct, frozen=True):
    """One a passage, in their order."""

    space: Space
    each: list[HalfVector]


def provider() -> Chosen:
    """As LAKEHOUSE_EMBEDDING says, by the database as it is now. Raises NotChosen."""
    if not (name := settings.LAKEHOUSE_EMBEDDING.partition("/")[0]):
        raise NotChosen("")
    rows = Provider.objects.select_related("listing").filter(name=name)
    return for_embedding({row.name: row.endpoint() for row in rows})


def provider_for(label: str) -> tuple[Chosen | None, str]:
    """Who may be given texts of this label; or None and why, "" where no setting names one."""
    try:
        chosen = provider()
    except NotChosen as error:
        return None, f"{ONLY_WORDS}. {error}" if str(error) else ""
    if rank(label) > rank(chosen.endpoint.clearance):
        return None, (
            f"{ONLY_WORDS}: it is {label or 'unlabelled, so restricted'}, and "
            f"{chosen.endpoint.name} is cleared for {chosen.endpoint.clearance}."
        )
    return chosen, ""


def text_of(title: str, heading: str, text: str) -> str:
    """What stands for a passage: it is found by what it is about, too."""
    return "\n".join(filter(None, (title, heading, text)))


def made(
    network: Network, chosen: Chosen, texts: Sequence[str], may: Callable[[], bool]
) -> Vectors | None:
    """None when `may` says no before one of the batches. Raises ProviderError."""
    found: list[HalfVector] = []
    first: list[float] = []
    for batch in batches(texts):
        if not may():
            return None
        got = network.ask(vectors(network.transport, chosen, batch))
        first = first or got[0]
        if any(len(vector) != len(first) for vector in got):
            text = f"{chosen.endpoint.name}/{chosen.model} gave vectors of different lengths."
            raise ProviderError(failure(ErrorKind.PROTOCOL, text))
        found += map(packed, got)
    return Vectors(space_of(chosen, first), found)


def batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), BATCH):
        yield texts[start : start + BATCH]


def packed(vector: Sequence[float]) -> HalfVector:
    """Of unit length, so that half precision holds it; only its direction counts."""
    length = math.sqrt(sum(number * number for number in vector))
    if not (length and math.isfinite(length)):
        text = "The model gave a vector without a direction, which nothing can be compared with."
        raise ProviderError(failure(ErrorKind.PROTOCOL, text))
    return HalfVector([number / length for number in vector])


def written(vector: HalfVector) -> str:
    """As PostgreSQL reads it, with the digits that half precision has."""
    return f"[{','.join(map('%.4g'.__mod__, vector.to_list()))}]"


def present_space() -> Space | None:
    """The one whose vectors are made now, where there are any: the newest of its provider's."""
    try:
        chosen = provider()
    except NotChosen:
        return None
    rows = Space.objects.filter(provider=chosen.endpoint.name, model=chosen.model)
    if chosen.dimensions:
        rows = rows.filter(dimensions=chosen.dimensions)
    return rows.order_by("-id").first()
