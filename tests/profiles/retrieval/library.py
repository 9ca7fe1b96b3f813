"""Documents with chunks as ingestion leaves them, and searches among them, in one line each."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

from profiles.models import Document, Space
from profiles.retrieval.policy import Retrieval
from profiles.retrieval.search import Found, Query, candidates, chosen_passages, reranked
from providers.egress import AllowList
from providers.endpoint import Endpoint
from providers.transport import Transport

NOBODY = AllowList()
COUNT = """
DELETE FROM profiles_lexeme; DELETE FROM profiles_corpus;
INSERT INTO profiles_lexeme (lexeme, label_rank, chunks)
    SELECT q.lexeme, c.label_rank, count(*) FROM profiles_chunk c, unnest(c.words) q GROUP BY 1, 2;
INSERT INTO profiles_corpus (label_rank, chunks, length)
    SELECT label_rank, count(*), sum(length) FROM profiles_chunk GROUP BY 1;
"""
CHUNK = """
INSERT INTO profiles_chunk
    (document_id, position, heading, text, words, length, label_rank, space_id, embedding)
SELECT %s, %s, '', %s, words, (SELECT coalesce(sum(cardinality(positions)), 0) FROM unnest(words)),
    0, %s, %s::halfvec
FROM to_tsvector('english', %s) words
"""


def shelve(
    *texts: str,
    title: str = "Notes",
    label: str = "public",
    dated: date | None = None,
    space: Space | None = None,
    vectors: Sequence[Sequence[float]] = (),
) -> Document:
    """A document of these chunks, not counted yet."""
    document: Document = Document.objects.create(
        title=title, label=label, dated=dated, content_hash="0" * 64, state=Document.State.READY
    )
    with connection.cursor() as cursor:
        for position, text in enumerate(texts):
            vector = str(list(vectors[position])) if vectors else None
            pk = space.pk if space is not None else None
            cursor.execute(CHUNK, [document.pk, position, text, pk, vector, text])
    return document


def count() -> None:
    with connection.cursor() as cursor:
        cursor.execute(COUNT)


def space(dimensions: int = 2, provider: str = "echo", model: str = "echo") -> Space:
    made: Space = Space.objects.create(provider=provider, model=model, dimensions=dimensions)
    return made


def find(
    said: Query | str,
    *,
    endpoints: Mapping[str, Endpoint] | None = None,
    allowed: Callable[[str], bool] = lambda _name: True,
    allow: AllowList = NOBODY,
    **values: Any,
) -> Found:
    """Under a profile of these values; a text is asked with the lowest limit."""
    query = Query(said, limit=0) if isinstance(said, str) else said
    profile = Retrieval("docs", 1, **values)
    listed = candidates(query, profile)

    async def rank() -> Any:
        transport = Transport(lambda: allow)
        try:
            return await reranked(transport, endpoints or {}, query, listed, profile, allowed)
        finally:
            await transport.aclose()

    return chosen_passages(query, asyncio.run(rank()), profile)


def texts(found: Found) -> list[str]:
    return [passage.text for passage in found.passages]


def dropped(found: Found) -> list[str]:
    return [traced.dropped for traced in found.trace if traced.dropped]
