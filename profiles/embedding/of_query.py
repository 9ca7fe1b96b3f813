"""A query's vector: asked of the provider that embeds documents, and remembered a while."""

import asyncio
import hashlib
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping

from django.db import Error, connection

from profiles.embedding import patience
from profiles.embedding.asking import vectors
from profiles.embedding.chosen import Chosen, NotChosen, for_embedding
from profiles.embedding.space import Space
from providers.endpoint import Endpoint, rank
from providers.errors import ProviderError
from providers.transport import Transport

SECONDS = 3.0  # that a call may wait for it
LONGEST = 8000  # characters of a query that are embedded
REMEMBERED = 256
BY_WORDS = "Found by words only."

Embedded = tuple[list[float], int]
_vectors: OrderedDict[tuple[object, ...], list[float]] = OrderedDict()
_spaces: dict[tuple[str, str, int], int] = {}


async def embedded(
    transport: Transport,
    endpoints: Mapping[str, Endpoint],
    text: str,
    text_rank: int,
    allowed: Callable[[str], bool],
) -> Embedded | str:
    """The vector, of unit length, and its space's id; or why there is none, for people.

    `text_rank` is the rank of the text's own label: no provider below it is asked.
    `allowed` says whether the caller may use the provider of this name.
    """
    try:
        chosen, vector = await vector_of(transport, endpoints, text, text_rank, allowed)
        return vector, await _space_elsewhere(chosen, len(vector))
    except NotChosen as error:
        return note(error)


async def vector_of(
    transport: Transport,
    endpoints: Mapping[str, Endpoint],
    text: str,
    text_rank: int,
    allowed: Callable[[str], bool],
) -> tuple[Chosen, list[float]]:
    """`embedded` without the database. Raises NotChosen."""
    chosen = for_embedding(endpoints)
    _cleared(chosen.endpoint, text_rank, allowed)
    if not (text := text[:LONGEST]).strip():
        raise NotChosen("The question has no words.")
    digest = hashlib.sha256(text.encode(errors="replace")).digest()
    key = (chosen.endpoint.name, chosen.endpoint.base_url, chosen.model, chosen.dimensions, digest)
    if key not in _vectors:
        _vectors[key] = unit(await _asked(transport, chosen, text))
    _vectors.move_to_end(key)
    while len(_vectors) > REMEMBERED:
        _vectors.popitem(last=False)
    return chosen, _vectors[key]


def space_id(chosen: Chosen, dimensions: int) -> int:
    """Of the documents embedded so. Raises NotChosen when there are none."""
    key = (chosen.endpoint.name, chosen.model, dimensions)
    provider, model, _ = key
    if key not in _spaces:
        found = Space.objects.filter(provider=provider, model=model, dimensions=dimensions)
        pk = found.values_list("pk", flat=True).first()
        if pk is None:
            raise NotChosen(f"No document is embedded by {provider}/{model} yet.")
        _spaces[key] = pk
    return _spaces[key]


def note(error: NotChosen) -> str:
    why = str(error) or "No provider embeds texts: LAKEHOUSE_EMBEDDING names none."
    return f"{why} {BY_WORDS}"


def forget() -> None:
    """What is remembered, for when the database is another one."""
    _vectors.clear()
    _spaces.clear()
    patience.forget()


async def _space_elsewhere(chosen: Chosen, dimensions: int) -> int:
    """In a thread, where it is not known yet: the event loop never waits for the database.

    Raises NotChosen.
    """

    def look() -> int:
        try:
            return space_id(chosen, dimensions)
        finally:
            connection.close()

    key = (chosen.endpoint.name, chosen.model, dimensions)
    if key in _spaces:
        return _spaces[key]
    try:
        async with asyncio.timeout(SECONDS):
            return await asyncio.to_thread(look)
    except (Error, TimeoutError):
        raise NotChosen("The database is away: it cannot say which vectors there are.") from None


def _cleared(endpoint: Endpoint, text_rank: int, allowed: Callable[[str], bool]) -> None:
    """Raises NotChosen."""
    if not allowed(endpoint.name):
        raise NotChosen(f"This caller may not use {endpoint.name}, which embeds texts.")
    if rank(endpoint.clearance) < text_rank:
        raise NotChosen(
            f"{endpoint.name}, which embeds texts, is cleared to {endpoint.clearance} only, and "
            "this query is above that."
        )


async def _asked(transport: Transport, chosen: Chosen, text: str) -> list[float]:
    name = chosen.endpoint.name
    if secs := patience.rested(name, "embed"):
        raise NotChosen(f"{name} was too slow lately. It is asked again in {secs:.0f} s.")
    try:
        async with asyncio.timeout(SECONDS):
            return (await vectors(transport, chosen, [text]))[0]
    except TimeoutError:
        patience.rest(name, "embed")
        raise NotChosen(f"{name} did not embed the query within {SECONDS:g} s.") from None
    except ProviderError as error:
        raise NotChosen(f"{name} did not embed the query ({error.failure.kind}).") from None


def unit(vector: list[float]) -> list[float]:
    """Of length 1, so that half precision holds its numbers. Raises NotChosen for none such."""
    length = math.hypot(*vector)
    if not 0 < length < math.inf:
        raise NotChosen("The query's vector has no direction.")
    return [number / length for number in vector]
