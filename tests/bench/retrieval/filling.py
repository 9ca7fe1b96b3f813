"""Documents and chunks into the tables in bulk, as ingestion leaves them, and their index."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction
from pgvector import HalfVector
from pgvector.psycopg import register_vector

Row = tuple[str, str, list[tuple[str, Any]]]  # title, label, chunks with vectors

_TEMPORARY = """
CREATE TEMP TABLE IF NOT EXISTS new_document (id uuid, title text, label text, chunks int);
CREATE TEMP TABLE IF NOT EXISTS new_chunk (document uuid, position int, text text, near halfvec);
TRUNCATE new_document, new_chunk;
"""
_STORE = """
INSERT INTO profiles_document (id, title, source, label, owner, media_type, text, content_hash,
    ingested_hash, state, problem, chunk_count, helpful, harmful, created, updated)
SELECT id, title, '', label, '', 'text/plain', '', '', '', 'ready', '', chunks, 0, 0, now(), now()
FROM new_document;
INSERT INTO profiles_chunk
    (document_id, position, heading, text, words, length, label_rank, space_id, embedding)
SELECT document, n.position, '', n.text, words,
    (SELECT coalesce(sum(cardinality(positions)), 0) FROM unnest(words)), 0, {space}, near
FROM new_chunk n JOIN new_document d ON d.id = n.document,
    to_tsvector('english', d.title || E'\\n' || n.text) words;
"""
_COUNT = """
TRUNCATE profiles_lexeme, profiles_corpus;
INSERT INTO profiles_lexeme (lexeme, label_rank, chunks)
    SELECT q.lexeme, c.label_rank, count(*) FROM profiles_chunk c, unnest(c.words) q GROUP BY 1, 2;
INSERT INTO profiles_corpus (label_rank, chunks, length)
    SELECT label_rank, count(*), sum(length) FROM profiles_chunk GROUP BY 1;
"""
_BATCH = 500  # documents


def fill(space: int, documents: Iterable[Row]) -> int:
    """How many chunks were stored."""
    connection.ensure_connection()
    register_vector(connection.connection)
    waiting: list[Row] = []
    stored = 0
    for row in documents:
        waiting.append(row)
        if len(waiting) == _BATCH:
            stored += _stored(space, waiting)
            waiting = []
    return stored + _stored(space, waiting)


def _stored(space: int, rows: Sequence[Row]) -> int:
    named = [(uuid.uuid4(), *row) for row in rows]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TEMPORARY)
        with cursor.copy("COPY new_document FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["uuid", "text", "text", "int4"])
            for pk, title, label, chunks in named:
                copy.write_row((pk, title, label, len(chunks)))
        with cursor.copy("COPY new_chunk FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["uuid", "int4", "text", "halfvec"])
            for pk, _, _, chunks in named:
                for position, (text, vector) in enumerate(chunks):
                    copy.write_row((pk, position, text, HalfVector(vector)))
        cursor.execute(_STORE.format(space=space))
    return sum(len(chunks) for *_, chunks in rows)


def count() -> None:
    _slowly(_COUNT)


def index(space: int, dimensions: int) -> None:
    """The one that ingestion makes for a space."""
    _slowly(
        f"CREATE INDEX near_{space} ON profiles_chunk USING hnsw "
        f"((embedding::halfvec({dimensions})) halfvec_cosine_ops) WHERE space_id = {space}"
    )


def tidy() -> None:
    """What the autovacuum does within a minute."""
    with connection.cursor() as cursor:
        for table in ("profiles_chunk", "profiles_lexeme", "profiles_document"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def _slowly(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute(sql)
