"""`manage.py up` as a newcomer runs it: real processes, a real Ctrl-C, a real `kill -9`."""

import asyncio
import re
import shlex
import signal
import stat
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from lakehouse.embedded_postgres.server import Server
from lakehouse.server.management.commands.up import Command
from tests.lakehouse.embedded import connect
from tests.ports import free_port
from tests.processes import Home, Process, call, eventually, is_serving, read_until, stop
from tests.redis import needs_redis, redis_server
from tests.serving import NO_TLS, body

END = "Ctrl-C stops everything"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("up"))


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def first_process(home: Home, port: int) -> Iterator[tuple[Process, str]]:
    """The first run and what it printed; it runs until a test has seen how it ends."""
    with home.spawn("up", f"--port={port}") as process:
        yield process, read_until(process, END)
        if process.poll() is None:
            stop(process, signal.SIGINT)


@pytest.fixture
def first_run(first_process: tuple[Process, str]) -> str:
    return first_process[1]


@pytest.fixture(scope="module")
def second_process(
    first_process: tuple[Process, str], home: Home
) -> Iterator[tuple[Process, int, str]]:
    """A run over what the first one left: with its port, and what it printed."""
    port = free_port()
    up = ("up", f"--port={port}", "--workers=2")
    with redis_server() as redis, home.spawn(*up, CACHE_URL=redis.url) as process:
        yield process, port, read_until(process, END)
        if process.poll() is None:
            stop(process, signal.SIGINT)


def curl_line(output: str) -> list[str]:
    return shlex.split(next(line for line in output.splitlines() if line.startswith("curl ")))


def test_the_curl_line_it_prints_streams_an_answer(first_run: str, port: int) -> None:
    words = curl_line(first_run)
    headers = dict(words[n + 1].split(": ", 1) for n, w in enumerate(words) if w == "-H")
    answer = call(port, "POST", "/v1/chat", words[words.index("-d") + 1], **headers)
    assert answer.status == 200
    assert answer.text.count("data: ") > 2
    assert answer.text.endswith("data: [DONE]\n\n")


def test_the_secret_key_is_kept_where_only_we_can_read_it(first_run: str, home: Home) -> None:
    file = home.var / "secret_key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text().strip()) >= 50


def test_the_password_and_the_key_it_prints_are_not_on_disk(first_run: str, home: Home) -> None:
    shown = re.findall(r"^(?:Sign in|API key) .*?(\S+)  \(shown this once\)", first_run, re.M)
    logs = (home.var / "postgres" / "log").read_text()
    assert len(shown) == 2
    assert not any(secret in logs for secret in shown)


def test_the_admin_looks_right_without_collecting_anything(first_run: str, port: int) -> None:
    page = call(port, "GET", "/admin/login/").text
    sheets = re.findall(r'href="(/static/[^"]+\.css)"', page)
    assert sheets
    assert {call(port, "GET", sheet).status for sheet in sheets} == {200}


def test_the_front_page_leads_to_the_admin(first_run: str, port: int) -> None:
    answer = call(port, "GET", "/")
    assert (answer.status, answer.headers["location"]) == (302, "/admin/")


def test_a_second_copy_is_told_that_the_port_is_taken(
    first_run: str, home: Home, port: int
) -> None:
    result = home.run("up", f"--port={port}")
    assert result.returncode == 1
    assert f"127.0.0.1:{port}" in result.stderr
    assert "--port" in result.stderr


def test_ctrl_c_leaves_no_process_behind(first_process: tuple[Process, str], home: Home) -> None:
    assert len(home.processes()) > 5
    code, rest = stop(first_process[0], signal.SIGINT)
    assert code == 0
    assert "Traceback" not in rest
    assert home.processes() == set()


def test_ctrl_c_while_it_prepares_leaves_no_process_behind(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.spawn("up", f"--port={free_port()}") as process:
        read_until(process, "Database")
        code, rest = stop(process, signal.SIGINT)
    assert code == 130
    assert "Traceback" not in rest
    assert home.processes() == set()


@needs_redis
def test_a_second_run_shows_no_secret_and_tells_how_to_make_a_key(
    second_process: tuple[Process, int, str],
) -> None:
    output = second_process[2]
    assert "shown this once" not in output
    assert "create_api_key" in output
    assert "Bearer lh_YOUR_KEY" in " ".join(curl_line(output))


@needs_redis
def test_its_processes_count_the_limits_of_a_key_together(
    first_run: str, second_process: tuple[Process, int, str], home: Home
) -> None:
    (token,) = re.findall(r"^API key .*?(\S+)  \(shown this once\)", first_run, re.M)
    url = f"http://127.0.0.1:{second_process[1]}"
    with connect(Server(home.var / "postgres", durable=False), "lakehouse") as database:
        database.execute("UPDATE gateway_apikey SET requests_per_minute = 50")
    time.sleep(1)  # by then both processes have heard of it

    async def calls() -> Counter[int]:
        settings: dict[str, Any] = {
            "headers": {"authorization": f"Bearer {token}"},
            "verify": NO_TLS,
            "timeout": 20,
        }
        async with httpx.AsyncClient(base_url=url, **settings) as client:
            asked = [client.post("/v1/chat", json=body("echo")) for _ in range(200)]
            return Counter([answer.status_code for answer in await asyncio.gather(*asked)])

    assert asyncio.run(calls()) == {200: 50, 429: 150}


@needs_redis
def test_killing_it_leaves_no_process_behind(
    second_process: tuple[Process, int, str], home: Home
) -> None:
    process, port, _ = second_process
    process.kill()
    process.wait()
    assert eventually(lambda: not is_serving(port), 1)
    assert eventually(lambda: home.processes() == set())


@pytest.mark.parametrize(("asked", "names"), [([], ["web", "worker"]), (["--no-worker"], ["web"])])
def test_background_jobs_are_run_unless_told_otherwise(asked: list[str], names: list[str]) -> None:
    command = Command()
    options = vars(command.create_parser("manage.py", "up").parse_args(asked))
    assert [child.name for child in command.children(options)] == names
