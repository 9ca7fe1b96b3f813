"""Whether the database's tables are those this code expects, and making them so, one at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

LOCK = 0x1A4EB0  # any number, the same in every process
WAIT = "10min"  # for another process that migrates


def unapplied() -> list[str]:
    """Migrations this code has and the database lacks, as `app.name`."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def unknown() -> list[str]:
    """Migrations the database has and this code lacks: it was used by a newer version."""
    loader = MigrationExecutor(connection).loader
    apps = loader.migrated_apps
    known = loader.disk_migrations
    return [f"{a}.{n}" for a, n in loader.applied_migrations if a in apps and (a, n) not in known]


def mismatch() -> str:
    """Why this code must not serve from this database, and what to do; "" when it may.

    Raises OperationalError when the database cannot be asked."""
    if missing := unapplied():
        return (
            f"{len(missing)} migrations are not applied ({missing[0]} first). "
            "Run: manage.py migrate"
        )
    if newer := unknown():
        return (
            f"The database has migrations this code does not know ({newer[0]}). "
            "Run the newer version, or restore the backup made before it."
        )
    return ""


@contextmanager
def exclusive() -> Iterator[None]:
    """Hold the migration lock on this connection, without its usual time limits."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{WAIT}'; SET statement_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute("RESET lock_timeout")
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
                cursor.execute("RESET statement_timeout")
