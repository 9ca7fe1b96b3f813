"""The database: reachable, recent, with the right tables, able to search by vectors."""

import time
from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.db.utils import Error

from lakehouse.server import schema, text_search
from lakehouse.server.doctor.finding import Finding, State

AREA = "database"
OLDEST = 15


def look() -> Iterator[Finding]:
    begun = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
            (size,) = cursor.fetchone()
    except Error as error:
        remedy = "See that PostgreSQL runs and that DATABASE_URL is right; or unset it."
        yield Finding(AREA, "connection", State.PROBLEM, str(error).strip(), remedy)
        return
    took = (time.monotonic() - begun) * 1000
    kind = "embedded" if "EMBEDDED" in connection.settings_dict else "DATABASE_URL"
    yield Finding(AREA, "connection", State.OK, f"{kind}, {took:.0f} ms, {size}")
    yield _version()
    yield _migrations()
    yield _pgvector()
    yield _text_search()


def _version() -> Finding:
    major, minor = connection.get_database_version()
    if major >= OLDEST:
        return Finding(AREA, "version", State.OK, f"PostgreSQL {major}.{minor}")
    remedy = f"Use PostgreSQL {OLDEST} or later."
    return Finding(AREA, "version", State.PROBLEM, f"PostgreSQL {major}.{minor}", remedy)


def _migrations() -> Finding:
    if problem := schema.mismatch():
        said, _, remedy = problem.partition(". ")
        return Finding(AREA, "migrations", State.PROBLEM, said, remedy)
    return Finding(AREA, "migrations", State.OK, "all applied")


def _pgvector() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT default_version FROM pg_available_extensions WHERE name = 'vector'")
        found = cursor.fetchone()
    if found:
        return Finding(AREA, "pgvector", State.OK, f"{found[0]} available")
    remedy = "Install pgvector on the database server; retrieval by vectors needs it."
    return Finding(AREA, "pgvector", State.PROBLEM, "not available", remedy)


def _text_search() -> Finding:
    if problem := text_search.problem():
        said, _, remedy = problem.partition(". ")
        return Finding(AREA, "text search", State.PROBLEM, said, remedy)
    return Finding(AREA, "text search", State.OK, settings.LAKEHOUSE_TEXT_SEARCH)
