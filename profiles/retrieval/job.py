"""The background jobs of documents: put into the queue within the caller's transaction."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone
from procrastinate.types import JSONValue

from profiles import queueing

INGEST = "profiles.retrieval.ingest"
RECOUNT = "profiles.retrieval.recount"
INDEX = "profiles.retrieval.index"


def ingest(document: UUID) -> None:
    _put(INGEST, name(document), {"document": str(document)})


def recount(*, in_secs: int) -> None:
    """Once after so many seconds, however often it is asked for until then."""
    _put(RECOUNT, "recount", {}, in_secs)


def index(space: int) -> None:
    _put(INDEX, f"index {space}", {"space": space})


def name(document: UUID) -> str:
    """Of the one job that may wait for a document."""
    return f"document {document}"


def _put(task: str, lock: str, values: Mapping[str, JSONValue], in_secs: int = 0) -> None:
    later = timezone.now() + timedelta(seconds=in_secs) if in_secs else None
    if not queueing.put(task, lock, values, later) and later is None:
        _now(lock)


def _now(lock: str) -> None:
    """A job that waits for its next try need not wait any longer: there is news."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = NULL "
            "WHERE status = 'todo' AND queueing_lock = %s AND scheduled_at IS NOT NULL",
            [lock],
        )


def forget(documents: Iterable[UUID]) -> None:
    """The jobs that wait for documents that are ingested by now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = ANY(%s)",
            [[name(document) for document in documents]],
        )
