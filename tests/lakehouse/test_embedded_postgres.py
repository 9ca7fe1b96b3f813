"""The embedded PostgreSQL with real servers and real processes that die in every way."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lakehouse.embedded_postgres.leftover import clear, pid_file
from lakehouse.embedded_postgres.server import Server
from tests.lakehouse.embedded import PROJECT, USER, connect
from tests.processes import eventually

Process = subprocess.Popen[str]


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
