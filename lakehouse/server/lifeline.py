"""The socket between a supervisor and its child: each end reads its end when the other dies.

No polling and no process ids, so a killed supervisor is noticed at once on any platform.
"""

import os
import signal
import socket
import threading
import time

ENV = "LAKEHOUSE_LIFELINE"
READY = b"ready"


class Lifeline:
    """The child's end. Without a supervisor (started by hand or by systemd) it does nothing."""

    def __init__(self, end: socket.socket | None) -> None:
        self._end = end

    @classmethod
    def from_environment(cls) -> "Lifeline":
        """Take the end the supervisor left us, so that no child of ours takes it too."""
        fd = os.environ.pop(ENV, "")
        if not fd:
            return cls(None)
        end = socket.socket(fileno=int(fd))
        end.set_inheritable(False)
        return cls(end)

    def ready(self) -> None:
        """Tell the supervisor that this process serves."""
        if self._end:
            self._end.send(READY)

    def watch(self, patience: float) -> None:
        """When the supervisor dies: SIGTERM to ourselves, and after `patience` seconds the end."""
        if self._end:
            threading.Thread(target=self._wait, args=[patience], daemon=True).start()

    def _wait(self, patience: float) -> None:
        assert self._end is not None
        while self._end.recv(64):
            continue
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(patience)
        os._exit(1)
