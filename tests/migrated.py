"""One database with every table for the whole run, made by whichever process comes first.

All others are copied from it, which takes a tenth of a second; migrating takes seconds.
"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.conf import settings

ROOT = Path(__file__).resolve().parents[1]
NAME = "lakehouse_migrated"


def template(dsn: dict[str, Any]) -> str:
    """Its name. Nobody may be connected to it; `dsn` has host, port and user."""
    with (settings.VAR_DIR / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _exists(dsn):
            create(dsn, NAME, "template0")
            _migrate(at(dsn, NAME, dict(os.environ)))
    return NAME


def at(dsn: dict[str, Any], name: str, env: dict[str, str]) -> dict[str, str]:
    """The environment of a process that uses this database."""
    return env | {"DATABASE_URL": f"postgres://{dsn['user']}@/{name}?host={quote(dsn['host'])}"}


def create(dsn: dict[str, Any], name: str, copied: str) -> None:
    with psycopg.connect(**dsn, dbname="postgres", autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{copied}"')


def _exists(dsn: dict[str, Any]) -> bool:
    with psycopg.connect(**dsn, dbname="postgres", autocommit=True) as server:
        found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
        return found.fetchone() is not None


def _migrate(env: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    env["PYTHONWARNINGS"] = ""
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
