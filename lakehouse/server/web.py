"""The web server of one process: uvicorn with our limits, our drain and our readiness."""

import asyncio
import gc
import resource
import signal
import socket
from argparse import ArgumentTypeError
from types import FrameType
from typing import Any

import uvicorn

from lakehouse.server.lifeline import Lifeline
from lakehouse.server.notify import notify
from lakehouse.server.protocol import Protocol

BACKLOG = 2048
KEEP_ALIVE = 75  # seconds; longer than the 60 that proxies keep an idle connection
LAST_RESORT = 10  # seconds after the drain's budget until what is still open is cut


def config(app: Any, drain_secs: float) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=Protocol,
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=round(drain_secs) + LAST_RESORT,
    )


class Server(uvicorn.Server):
    """Drains on SIGTERM or SIGINT and exits with 0; a second SIGINT does not wait."""

    def __init__(self, config: uvicorn.Config, drain_secs: float, lifeline: Lifeline) -> None:
        super().__init__(config)
        self.drain_secs, self.lifeline = drain_secs, lifeline
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        gc.collect()
        gc.freeze()  # what start-up made lives on; the collector need not look at it again
        notify("READY=1")
        self.lifeline.ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # uvicorn's own raises the signal again after a clean shutdown, which is no clean exit.
        if self.should_exit:
            self.force_exit = self.force_exit or sig == signal.SIGINT
            return
        self.should_exit = True
        if self._loop:
            self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        from lakehouse.gateway import drain

        notify("STOPPING=1")
        drain.begin(self.drain_secs)


def port(text: str) -> int:
    """The value of a `--port`. Raises ArgumentTypeError: the system would take it modulo 65536.

    0, any free port, is refused too: nobody would learn which.
    """
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise ArgumentTypeError(f"{text[:20]!r} is no port; write a number from 1 to 65535")
    return int(text)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError as the system does."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return socket.create_server(address[:2], family=family, backlog=BACKLOG)


def raise_file_limit() -> None:
    """Each stream holds two connections; the usual soft limit of 1024 is 500 streams."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
