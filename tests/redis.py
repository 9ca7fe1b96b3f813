"""A real redis-server for tests, on a unix socket of its own."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway

needs_redis = pytest.mark.skipif(
    not shutil.which("redis-server"), reason="redis-server is not installed"
)


class RedisServer:
    """One that can be paused, stopped and started again; it keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """As CACHE_URL takes it."""
        return f"redis://{self.socket}"

    def client(self) -> Redis:
        return Redis.from_url(f"unix://{self.socket}")

    def start(self) -> None:
        command = ["redis-server", "--port", "0", "--unixsocket", str(self.socket)]
        command += ["--save", "", "--appendonly", "no", "--dir", str(self.socket.parent)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 10
        with self.client() as client:
            while time.monotonic() < end:
                with suppress(RedisAway):
                    client.ping()
                    return
                time.sleep(0.01)
        raise AssertionError("redis-server did not start within 10 s")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    # Short: a unix socket's path has 107 bytes at most.
    with tempfile.TemporaryDirectory(prefix="lhr") as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
