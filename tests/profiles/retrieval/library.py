"""Documents with chunks as ingestion leaves them, in one line each."""

from collections.abc import Sequence
from datetime import date

from django.db import connection

from profiles.models import Chunk, Document, Space

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


def chunks() -> list[Chunk]:
    return list(Chunk.objects.order_by("pk"))
