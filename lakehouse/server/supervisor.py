"""A loop over children: start, restart with growing delays, stop; nothing outlives it."""

import logging
import os
import selectors
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from lakehouse.server.child import Child

logger = logging.getLogger(__name__)
STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """`patience`: seconds a child gets to stop. `on_ready` is called once, when all are ready."""

    def __init__(
        self, children: Iterable[Child], patience: float, on_ready: Callable[[], None]
    ) -> None:
        self.children = list(children)
        self.patience, self.on_ready = patience, on_ready
        self._was_ready = False
        self._failed: Child | None = None
        self._signals: list[int] = []
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Until a signal to stop (0), or a child that cannot start at all (1)."""
        with self._selector, self._catch_signals():
            try:
                for child in self.children:
                    self._start(child)
                while not self._signals and not self._failed:
                    self._step(self._next_restart())
                    self._restart_due()
            finally:
                self._stop()
        return 1 if self._failed else 0

    def _step(self, timeout: float | None) -> None:
        for key, _ in self._selector.select(timeout):
            child = key.data
            if child is None:
                os.read(key.fd, 64)
            elif child.hear():
                self._heard(child, key.fileobj)

    def _heard(self, child: Child, line: object) -> None:
        if child.line is None:
            self._selector.unregister(line)  # type: ignore[arg-type]  # the socket we registered
            self._died(child, child.bury())
        elif not self._was_ready and all(c.ready for c in self.children):
            self._was_ready = True
            self.on_ready()

    def _died(self, child: Child, code: int) -> None:
        if self._signals:
            return
        if not child.ready and not self._was_ready:
            self._failed = child
            logger.error("%s did not start (exit code %d); its reason is above", child.name, code)
        else:
            logger.error("%s ended (exit code %d); starting it again", child.name, code)

    def _start(self, child: Child) -> None:
        self._selector.register(child.start(), selectors.EVENT_READ, child)

    def _next_restart(self) -> float | None:
        due = [child.restart_at for child in self.children if child.restart_at is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _restart_due(self) -> None:
        for child in self.children:
            if child.restart_at is not None and child.restart_at <= time.monotonic():
                self._start(child)

    def _stop(self) -> None:
        """SIGTERM; a second Ctrl-C is passed on and hurries them; SIGKILL when patience ends."""
        self._signals.append(signal.SIGTERM)  # from here on a death is no surprise
        deadline = time.monotonic() + self.patience
        hurry = 0
        self._tell(signal.SIGTERM)
        while any(child.line for child in self.children):
            left = deadline - time.monotonic()
            if left <= 0:
                self._tell(signal.SIGKILL)
            self._step(max(left, 0.1))
            if self._signals.count(signal.SIGINT) > 1 and not hurry:
                hurry = 1
                self._tell(signal.SIGINT)

    def _tell(self, sig: signal.Signals) -> None:
        for child in self.children:
            child.send(sig)

    @contextmanager
    def _catch_signals(self) -> Iterator[None]:
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        self._selector.register(reader, selectors.EVENT_READ, None)
        old_fd = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        old = {sig: signal.signal(sig, self._note) for sig in STOP}
        try:
            yield
        finally:
            for sig, handler in old.items():
                signal.signal(sig, handler)
            signal.set_wakeup_fd(old_fd)
            os.close(reader)
            os.close(writer)

    def _note(self, sig: int, _frame: object) -> None:
        self._signals.append(sig)
