"""Leaving without breaking anyone: who is still being served, and when they must be done."""

import asyncio
import time
from collections.abc import Callable


class Drain:
    """`begin` is called once, in the event loop, at the signal to stop."""

    def __init__(self) -> None:
        self.started = False
        self.ended = 0  # calls, since the process began
        self.last_ended = 0.0  # Unix time
        self._serving: dict[object, Callable[[], None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, call: object, stop: Callable[[], None]) -> None:
        """`stop` is called when the budget is spent and the call is still open."""
        self._serving[call] = stop

    def leave(self, call: object) -> None:
        if self._serving.pop(call, None) is not None:
            self.ended += 1
            self.last_ended = time.time()

    @property
    def open_calls(self) -> int:
        return len(self._serving)

    def begin(self, budget: float) -> None:
        """New calls are refused; those being served have `budget` seconds."""
        if not self.started:
            self.started = True
            self._timer = asyncio.get_running_loop().call_later(budget, self._expire)

    def _expire(self) -> None:
        for stop in list(self._serving.values()):
            stop()


drain = Drain()


def begin(budget: float) -> None:
    """For the server's signal handler; `budget` in seconds."""
    drain.begin(budget)
