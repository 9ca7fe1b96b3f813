"""One worker a document: the database's advisory lock, which ends with its connection."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from django.db import Error, connection


@contextmanager
def alone(number: int) -> Iterator[bool]:
    """Whether the block is the only one of this number now, on all machines; never waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s::bigint)", [number])
        (got,) = cursor.fetchone()
    try:
        yield got
    finally:
        # A broken connection has given the lock back already.
        if got:
            with suppress(Error), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s::bigint)", [number])


def number_of(document: UUID) -> int:
    """A signed number of 64 bits, all but its own."""
    return int.from_bytes(document.bytes[:8], signed=True)
