"""What one process's calls cost, told to the others at once, so that a budget is one for all.

Over Redis's channels, which keep nothing: the ledger is read every few seconds anyway, and
has what was told when nobody listened.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from uuid import uuid4

import msgspec
from redis.asyncio import Redis

from lakehouse.gateway.limits import place

logger = logging.getLogger(__name__)
AGAIN_SECS = 1.0
WAITING = 1000  # amounts that may wait to be told; more are left to the ledger


class Told(msgspec.Struct):
    """US dollars by key, of the calendar month `month` ("2026-11"), from the process `sender`."""

    sender: str
    month: str
    spent: dict[int, float]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Told).decode


class Spreading:
    """`heard` gets what other processes tell, on the event loop."""

    def __init__(self, heard: Callable[[str, Mapping[int, float]], None]) -> None:
        self._heard = heard
        self._me = str(uuid4())
        self.channel = f"{place.prefix()}:spent"
        self._queue: asyncio.Queue[Told] = asyncio.Queue(WAITING)

    def tell(self, month: str, spent: Mapping[int, float]) -> None:
        """Waits for nobody."""
        if spent and not self._queue.full():
            self._queue.put_nowait(Told(self._me, month, dict(spent)))

    async def run(self) -> None:
        """For ever; while Redis is away nothing is told."""
        while True:
            try:
                async with (
                    Redis.from_url(place.address(), **place.options()) as redis,
                    asyncio.TaskGroup() as group,
                ):
                    group.create_task(self._listen(redis))
                    group.create_task(self._say(redis))
            except* Exception as error:
                logger.debug("budgets: other processes hear nothing now: %r", error)
            await asyncio.sleep(AGAIN_SECS)

    async def _say(self, redis: "Redis") -> None:
        while True:
            await redis.publish(self.channel, _encode(await self._queue.get()))

    async def _listen(self, redis: "Redis") -> None:
        async with redis.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(self.channel)
            async for message in channel.listen():
                self._hear(message["data"])

    def _hear(self, data: bytes) -> None:
        try:
            told = _decode(data)
        except msgspec.MsgspecError:
            return  # of another release
        if told.sender != self._me:
            self._heard(told.month, told.spent)
