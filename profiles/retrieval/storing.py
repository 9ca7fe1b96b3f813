"""What an ingested document leaves in the database, in one transaction."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from profiles.retrieval.chunking import Piece
from profiles.retrieval.document import Chunk, Document
from profiles.retrieval.vectoring import Vectors, written
from profiles.retrieval.wording import config, length_of, words_of

_ROWS = 500  # in a statement


def replace(
    document: Document, text: str, pieces: Sequence[Piece], vectors: Vectors | None, note: str
) -> bool:
    """The new chunks instead of the old; False, and nothing, when it changed or went meanwhile."""
    with transaction.atomic():
        rows: Any = Document.objects.select_for_update(no_key=True, of=("self",))
        now = rows.filter(pk=document.pk).only("title", "content_hash").first()
        if now is None or now.content_hash != document.content_hash:
            return False
        Chunk.objects.filter(document=now)._raw_delete("default")
        _insert(now, pieces, vectors)
        Document.objects.filter(pk=now.pk).update(
            state=Document.State.READY,
            problem=note,
            raw=None,
            text=text,
            ingested_hash=document.content_hash,
            ingested_at=Now(),
            chunk_count=len(pieces),
        )
    return True


def fail(document: Document, problem: str) -> bool:
    """Its chunks, if any, stay as they are; False when it changed or went meanwhile."""
    rows = Document.objects.filter(pk=document.pk, content_hash=document.content_hash)
    return bool(rows.update(state=Document.State.FAILED, problem=problem))


def _insert(document: Document, pieces: Sequence[Piece], vectors: Vectors | None) -> None:
    space = vectors.space.pk if vectors else None
    with connection.cursor() as cursor:
        for start in range(0, len(pieces), _ROWS):
            some = pieces[start : start + _ROWS]
            each = (
                map(written, vectors.each[start : start + _ROWS]) if vectors else [None] * len(some)
            )
            cursor.execute(
                _INSERT,
                [
                    *(document.pk, space, config(), document.title),
                    list(range(start, start + len(some))),
                    [piece.heading for piece in some],
                    [piece.text for piece in some],
                    list(each),
                ],
            )


# A trigger sets the label's rank and the date. OFFSET 0, or words would be made twice.
_INSERT = f"""
    INSERT INTO profiles_chunk
        (document_id, space_id, label_rank, position, heading, text, embedding, words, length)
    SELECT %s, %s, 3, position, heading, text, embedding::halfvec, words, {length_of("words")}
    FROM (
        SELECT *, {words_of("%s::text", "heading", "text")} AS words
        FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[])
            AS piece (position, heading, text, embedding)
        OFFSET 0
    ) made
"""  # noqa: S608
