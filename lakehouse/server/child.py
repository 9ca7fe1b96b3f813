"""One process under a supervisor: started, heard, stopped, started again."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence

from lakehouse.server import lifeline

FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0  # seconds before a restart
PROVEN = 30.0  # seconds of life after which earlier deaths are forgotten


class Child:
    """`command` is run with the file descriptors `keep` open, and a lifeline to us."""

    def __init__(self, name: str, command: Sequence[str], keep: Sequence[int] = ()) -> None:
        self.name, self.command, self.keep = name, list(command), list(keep)
        self.ready = False
        self.deaths = 0
        self.restart_at: float | None = None
        self.line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._born = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> socket.socket:
        """Start it; returns our end of the lifeline."""
        ours, theirs = socket.socketpair()
        env = {k: v for k, v in os.environ.items() if k != "NOTIFY_SOCKET"}
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  our own commands
                self.command,
                env=env | {lifeline.ENV: str(theirs.fileno())},
                pass_fds=[theirs.fileno(), *self.keep],
                stdin=subprocess.DEVNULL,
                # A Ctrl-C in the terminal is the supervisor's to pass on.
                process_group=0,
            )
        self._born, self.restart_at = time.monotonic(), None
        self.line, self.ready = ours, False
        return ours

    def hear(self) -> bool:
        """Read the lifeline: True when the child just became ready, or died (`line` is None)."""
        assert self.line is not None
        if self.line.recv(64):
            fresh, self.ready = not self.ready, True
            return fresh
        self.line.close()
        self.line = None
        return True

    def bury(self) -> int:
        """Wait for a child that hung up, plan its restart; returns its exit code."""
        assert self._process is not None
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        now = time.monotonic()
        self.deaths = 1 if now - self._born > PROVEN else self.deaths + 1
        self.restart_at = now + min(FIRST_DELAY * 2 ** (self.deaths - 1), LONGEST_DELAY)
        return code

    def send(self, sig: signal.Signals) -> None:
        if self.line and self._process:
            self._process.send_signal(sig)
