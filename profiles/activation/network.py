"""A runner's calls to upstreams: one event loop, whose call at hand ends when it is stopped.

Between the calls no event loop runs, so that the runner may use the database.
"""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

from profiles.activation.lease import Lost
from providers import registered
from providers.transport import Transport

Got = TypeVar("Got")


class Network:
    def __init__(self) -> None:
        self.transport = Transport(registered.allow_list)
        self._runner = asyncio.Runner()
        self._used = False
        self._stopped = False
        self._task: asyncio.Task[Any] | None = None
        self._changing = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._used:
                self._runner.run(self.transport.aclose())
        finally:
            self._runner.close()

    def ask(self, work: Coroutine[Any, Any, Got]) -> Got:
        """What the coroutine gives. Raises Lost once stopped, and what it raises."""
        self._used = True
        try:
            return self._runner.run(self._asked(work))
        except asyncio.CancelledError:
            if self._stopped:
                raise Lost from None
            raise

    def stop(self) -> None:
        """Ends the call at hand, and every later one, with Lost. From any thread."""
        with self._changing:
            self._stopped = True
            if self._task is not None:
                self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    async def _asked(self, work: Coroutine[Any, Any, Got]) -> Got:
        with self._changing:
            if self._stopped:
                work.close()
                raise asyncio.CancelledError
            self._task = asyncio.current_task()
        try:
            return await work
        finally:
            with self._changing:
                self._task = None
