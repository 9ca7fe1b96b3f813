"""A query's vector: asked of the provider that embeds documents, remembered a while."""

from collections.abc import Callable, Mapping

from providers.endpoint import Endpoint
from providers.transport import Transport


async def embedded(
    transport: Transport,
    endpoints: Mapping[str, Endpoint],
    text: str,
    text_rank: int,
    allowed: Callable[[str], bool],
) -> "tuple[list[float], int] | str":
    """The vector and its space's id, or why there is none, as a note for people.

    `text_rank` is the rank of the text's own label: no provider below it is asked.
    `allowed` says whether the caller may use the provider of this name.
    """
    return "No provider embeds texts (LAKEHOUSE_EMBEDDING): found by words only."
