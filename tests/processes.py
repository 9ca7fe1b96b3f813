"""Real `manage.py` processes with a `var` folder of their own, and a look at what runs in it."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).parents[1]
MANAGE = str(PROJECT / "manage.py")
Process = subprocess.Popen[str]


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str


class Home:
    """A `var` folder, and the environment of processes that live there."""

    def __init__(self, var: Path, **environment: str) -> None:
        self.var = var
        kept = {k: v for k, v in os.environ.items() if k != "DJANGO_SECRET_KEY"}
        self.env = kept | {"LAKEHOUSE_VAR": str(var)} | environment

    def run(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, MANAGE, *arguments],
            env=self.env | environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    @contextmanager
    def spawn(self, *arguments: str, **environment: str) -> Iterator[Process]:
        process = subprocess.Popen(
            [sys.executable, MANAGE, *arguments],
            env=self.env | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()

    def processes(self) -> set[int]:
        """Everything alive that belongs here: by environment, arguments or working folder."""
        return {int(p.name) for p in Path("/proc").glob("[0-9]*") if self._is_ours(p)}

    def _is_ours(self, process: Path) -> bool:
        here = os.fsencode(self.var)
        try:
            told = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            cwd = os.fsencode((process / "cwd").readlink())
        except OSError:
            return False
        return here in told or cwd.startswith(here)


def read_until(process: Process, text: str) -> str:
    """Output up to the line that holds `text`. Raises AssertionError if it ends before."""
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if text in line:
            return seen
    raise AssertionError(f"{text!r} never came; instead:\n{seen}")


def stop(process: Process, sig: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
    """Exit code, and the rest of the output."""
    process.send_signal(sig)
    rest, _ = process.communicate(timeout=30)
    return process.returncode, rest


def eventually(condition: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def call(port: int, method: str, path: str, body: str = "", **headers: str) -> Answer:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read().decode())
    finally:
        connection.close()


def is_serving(port: int) -> bool:
    try:
        return call(port, "GET", "/readyz").status == 200
    except OSError:
        return False
