"""How many calls a provider gets at once: `max_concurrency`, with a bounded wait."""

import asyncio
from collections.abc import Callable

from providers.endpoint import Endpoint
from providers.errors import ErrorKind, ProviderError, failure


def _nothing() -> None:
    """Gives back no slot: the provider has no limit."""


class Slots:
    def __init__(self, wait_secs: float) -> None:
        self._wait_secs = wait_secs
        self._made: dict[str, tuple[int, asyncio.Semaphore]] = {}

    async def take(self, endpoint: Endpoint) -> Callable[[], None]:
        """What gives the slot back. Raises ProviderError(busy) when none came free in time."""
        limit = endpoint.max_concurrency
        if not limit:
            return _nothing
        made = self._made.get(endpoint.name)
        if made is None or made[0] != limit:
            made = self._made[endpoint.name] = (limit, asyncio.Semaphore(limit))
        try:
            async with asyncio.timeout(self._wait_secs):
                await made[1].acquire()
        except TimeoutError:
            text = (
                f"{endpoint.name} serves {limit} calls at once and none ended within "
                f"{self._wait_secs:g} s. Try again, or raise its max_concurrency."
            )
            raise ProviderError(
                failure(ErrorKind.BUSY, text, accepted=False, retry_after=1.0)
            ) from None
        return made[1].release
