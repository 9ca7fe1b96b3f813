"""`manage.py serve`, `worker` and `migrate` as real processes."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from lakehouse.server import preflight, safety
from tests.ports import free_port
from tests.processes import Home, call, eventually, is_serving, stop
from tests.redis import needs_redis, redis_server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
KEY = {"DJANGO_SECRET_KEY": "k" * 30 + "0123456789" * 2}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A database migrated by two processes at once."""
    home = Home(tmp_path_factory.mktemp("serve"), **KEY)
    with home.spawn("migrate") as one, home.spawn("migrate") as other:
        outputs = [one.communicate()[0], other.communicate()[0]]
        assert (one.returncode, other.returncode) == (0, 0), outputs
    assert sum("No migrations to apply" in output for output in outputs) == 1
    return home


def notifications(path: str) -> socket.socket:
    """A socket as systemd's, at `path`."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(path)
    listener.settimeout(15)
    return listener


def test_it_refuses_a_database_without_tables_and_says_what_to_run(tmp_path: Path) -> None:
    result = Home(tmp_path, **KEY).run("serve")
    assert result.returncode == 1
    assert "Run: manage.py migrate" in result.stderr


@pytest.mark.parametrize("command", ["serve", "up"])
@pytest.mark.parametrize("port", ["99999", "65536", "0", "-1", "http"])
def test_a_port_that_cannot_be_is_refused_by_the_options_name(command: str, port: str) -> None:
    with pytest.raises(CommandError, match=f"argument --port: '{port}' is no port.* 1 to 65535"):
        call_command(command, f"--port={port}")


def test_sigterm_is_a_clean_end_announced_to_systemd(home: Home, tmp_path: Path) -> None:
    port, notify = free_port(), str(tmp_path / "notify")
    serve = ("serve", f"--port={port}")
    with notifications(notify) as listener, home.spawn(*serve, NOTIFY_SOCKET=notify) as web:
        assert listener.recv(64) == b"READY=1"
        assert is_serving(port)
        assert stop(web) == (0, "")
        assert listener.recv(64) == b"STOPPING=1"


def test_several_processes_without_a_redis_are_refused_by_the_settings_name(db: None) -> None:
    with pytest.raises(CommandError, match=r"CACHE_URL: 2 web processes would each count") as said:
        preflight.check("127.0.0.1", workers=2)
    assert "Set it to a Redis that all of them use" in str(said.value)
    assert safety.uncounted(1) == []


@pytest.mark.parametrize("command", ["serve", "up"])
def test_both_commands_refuse_them_before_they_do_anything(command: str, db: None) -> None:
    with pytest.raises(CommandError, match=r"Refusing to start\.\n- CACHE_URL"):
        call_command(command, "--workers=2", f"--port={free_port()}")


@needs_redis
def test_of_several_processes_a_killed_one_is_replaced_and_all_end_cleanly(
    home: Home, tmp_path: Path
) -> None:
    notify = str(tmp_path / "notify")
    serve = ("serve", f"--port={free_port()}", "--workers=2")
    with (
        redis_server() as redis,
        notifications(notify) as listener,
        home.spawn(*serve, NOTIFY_SOCKET=notify, CACHE_URL=redis.url) as web,
    ):
        assert listener.recv(64) == b"READY=1"
        first = children(web.pid)
        os.kill(min(first), signal.SIGKILL)
        assert eventually(lambda: len(children(web.pid) - first) == 1)
        code, said = stop(web)
    assert (len(first), code) == (2, 0)
    assert "starting it again" in said
    assert eventually(lambda: home.processes() == set())


def test_a_stream_that_is_open_at_sigterm_is_finished(tmp_path: Path) -> None:
    port = free_port()
    server = "\n".join(
        (
            "from lakehouse.server import web",
            "from lakehouse.server.lifeline import Lifeline",
            "from tests.lakehouse.slow_app import application",
            f"listening = web.listen('127.0.0.1', {port})",
            "web.Server(web.config(application, 5), 5, Lifeline(None)).run(sockets=[listening])",
        )
    )
    process = subprocess.Popen([sys.executable, "-c", server], cwd=Path(__file__).parents[2])
    try:
        assert eventually(lambda: answers(port))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/stream")
        stream = connection.getresponse()
        assert stream.read(5) == b"begin"
        process.terminate()
        assert stream.read() == b" and end"
        connection.close()
        assert process.wait(5) == 0
    finally:
        process.kill()
        process.wait()


def test_the_worker_runs_jobs_and_ends_cleanly(home: Home, tmp_path: Path) -> None:
    notify = str(tmp_path / "notify")
    with notifications(notify) as listener, home.spawn("worker", NOTIFY_SOCKET=notify) as worker:
        assert listener.recv(64) == b"READY=1"
        job = home.run("shell", "-c", DEFER_AND_WAIT)
        assert "done and gone" in job.stdout, job.stdout + job.stderr
        assert stop(worker) == (0, "")


DEFER_AND_WAIT = """
import time
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
task = app.tasks["lakehouse.server.tasks.forget_old_jobs"]
number = task.configure(queueing_lock="mine").defer(timestamp=0)
status = ""
for _ in range(100):
    status = next((j.status for j in ProcrastinateJob.objects.filter(pk=number)), "done and gone")
    if status in ("done and gone", "failed"):
        break
    time.sleep(0.1)
print(status)
"""


def children(pid: int) -> set[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in listed}


def answers(port: int) -> bool:
    try:
        return call(port, "GET", "/").status == 200
    except OSError:
        return False
