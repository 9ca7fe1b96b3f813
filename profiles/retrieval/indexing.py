"""The index of a space's vectors: made once it pays, while searches and ingestion go on."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import Error, connection

from profiles.embedding.space import Space
from profiles.retrieval.claiming import alone
from profiles.retrieval.document import Chunk

LEAST = 2000  # vectors; fewer are compared one by one as fast, and found more surely
_LOCK = 0x6C616B65_10000000
# A build waits for transactions that began before it, and takes minutes for a million.
_SESSION = {
    "statement_timeout": "0",
    "lock_timeout": "0",
    "maintenance_work_mem": "'256MB'",
    # The workers' shared memory is more than many containers have.
    "max_parallel_maintenance_workers": "0",
}


def name_of(space: Space) -> str:
    return f"chunk_vectors_of_space_{space.pk}"


def due(space: Space) -> bool:
    """Whether it has enough vectors for an index, and none yet."""
    some = Chunk.objects.filter(space=space).order_by()[:LEAST]
    return _valid(space) is not True and some.count() == LEAST


def ensure(space: Space) -> bool:
    """Makes the index unless it is there or being made elsewhere; True when it made it."""
    with alone(_LOCK + space.pk) as mine:
        if not mine or _valid(space):
            return False
        # Within a transaction, as in tests, PostgreSQL makes none of its own.
        how = "" if connection.in_atomic_block else "CONCURRENTLY"
        with _patient() as cursor:
            # One that is not valid is what a build left that was broken off.
            cursor.execute(f"DROP INDEX {how} IF EXISTS {name_of(space)}")
            cursor.execute(
                f"CREATE INDEX {how} {name_of(space)} ON profiles_chunk "
                f"USING hnsw ((embedding::halfvec({space.dimensions:d})) halfvec_cosine_ops) "
                f"WHERE space_id = {space.pk:d}"
            )
    return True


def tidy() -> int:
    """Drops the indexes of spaces that no chunk is in any more; how many."""
    unused = [
        space
        for space in Space.objects.all()
        if _valid(space) is not None and not Chunk.objects.filter(space=space).exists()
    ]
    how = "" if connection.in_atomic_block else "CONCURRENTLY"
    for space in unused:
        with _patient() as cursor:
            cursor.execute(f"DROP INDEX {how} IF EXISTS {name_of(space)}")
    return len(unused)


def _valid(space: Space) -> bool | None:
    """None when there is no index."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [name_of(space)]
        )
        row = cursor.fetchone()
    return bool(row[0]) if row else None


@contextmanager
def _patient() -> Iterator[Any]:
    """A cursor without the limits of time of a request."""
    with connection.cursor() as cursor:
        for name, value in _SESSION.items():
            cursor.execute(f"SET {name} = {value}")
        try:
            yield cursor
        finally:
            with suppress(Error):
                for name in _SESSION:
                    cursor.execute(f"RESET {name}")
