"""The database entry, and a real server's word on what it made of it."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from lakehouse.server import postgres
from tests.processes import Home


def database(url: str) -> dict[str, object]:
    return postgres.database(url, embedded_root=Path("/there"), durable=True, pool_size=3)


def test_without_a_url_it_is_the_embedded_one() -> None:
    found = database("")
    assert found["ENGINE"] == "lakehouse.embedded_postgres"
    assert found["EMBEDDED"] == {"ROOT": Path("/there"), "DURABLE": True}


def test_a_url_names_server_user_and_database() -> None:
    found = database("postgres://ana:s3cret@db.example:5433/lake?sslmode=require")
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example", 5433, "lake")
    assert found["OPTIONS"]["sslmode"] == "require"  # type: ignore[index]  # a dict, typed object


def test_options_of_the_url_win_over_ours() -> None:
    found = database("postgres://db/lake?options=-c%20statement_timeout%3D5s&connect_timeout=1")
    options = found["OPTIONS"]
    assert isinstance(options, dict)
    assert str(options["options"]).endswith("-c statement_timeout=5s")
    assert int(options["connect_timeout"]) == 1


@pytest.mark.parametrize("url", ["mysql://db/lake", "sqlite:///lake.db", "nonsense", "user:pw@db"])
def test_another_kind_of_database_is_refused_with_the_form_to_use(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="postgres://user"):
        database(url)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"), [(n, v.replace("60s", "1min")) for n, v in postgres.LIMITS.items()]
)
def test_each_limit_is_in_force_on_a_connection(name: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        assert cursor.fetchone() == (value,)


@pytest.mark.django_db
def test_connections_come_from_a_pool_and_are_checked() -> None:
    assert connection.settings_dict["OPTIONS"]["pool"]["max_size"] == 10
    assert connection.settings_dict["CONN_HEALTH_CHECKS"]
    assert connection.settings_dict["CONN_MAX_AGE"] == 0


KILL_AND_ASK = """
import os, signal, time
from django.conf import settings
from django.db import connection
from django.db.utils import Error

def ask():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone()
    except Error:
        return None
    finally:
        connection.close()

assert ask() == (1,)
server = settings.VAR_DIR / "postgres" / "data" / "postmaster.pid"
os.kill(int(server.read_text().split()[0]), signal.SIGKILL)
begun = time.monotonic()
while ask() is None:
    time.sleep(0.05)
print("back after", time.monotonic() - begun)
"""


def test_a_killed_database_is_back_within_five_seconds(tmp_path: Path) -> None:
    result = Home(tmp_path).run("shell", "--verbosity=0", "-c", KILL_AND_ASK)
    _, _, seconds = result.stdout.partition("back after")
    assert float(seconds) < 5, result.stderr
