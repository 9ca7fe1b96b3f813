from typing import Any

import pytest
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from lakehouse.server import bootstrap, preflight, schema, text_search

pytestmark = pytest.mark.django_db


def test_a_migrated_database_may_be_served() -> None:
    assert schema.mismatch() == ""


def test_a_missing_migration_is_named_with_the_command_that_applies_it() -> None:
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")
    assert "sessions.0001_initial" in schema.mismatch()
    assert "manage.py migrate" in schema.mismatch()


def test_a_database_of_a_newer_version_is_not_served() -> None:
    MigrationRecorder(connection).record_applied("sessions", "0999_from_the_future")
    assert "sessions.0999_from_the_future" in schema.mismatch()


def test_a_mismatch_refuses_to_start() -> None:
    MigrationRecorder(connection).record_applied("sessions", "0999_from_the_future")
    with pytest.raises(CommandError, match="newer version"):
        preflight.check("127.0.0.1")


def test_a_language_that_the_database_does_not_know_refuses_to_start(settings: Any) -> None:
    settings.LAKEHOUSE_TEXT_SEARCH = "klingon"
    with pytest.raises(CommandError, match=r'LAKEHOUSE_TEXT_SEARCH.*"klingon".*has:.*english'):
        preflight.check("127.0.0.1")


@pytest.mark.parametrize("name", ["german", "English", "pg_catalog.simple"])
def test_languages_are_named_as_postgresql_takes_them(settings: Any, name: str) -> None:
    settings.LAKEHOUSE_TEXT_SEARCH = name
    assert text_search.problem() == ""


def test_a_migration_that_fails_stops_with_what_to_do() -> None:
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")
    with pytest.raises(CommandError, match=r"(?s)already exists.*run this again"):
        bootstrap.migrate()


def test_the_time_limits_are_lifted_while_migrating_and_back_afterwards() -> None:
    with schema.exclusive():
        assert shown("statement_timeout") == "0"
        assert shown("lock_timeout") == "10s"
    assert shown("statement_timeout") == "30s"


def shown(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])
