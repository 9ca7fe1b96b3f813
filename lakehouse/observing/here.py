"""What one gateway process knows of its own calls: ring, metrics and log lines together."""

import asyncio
import logging
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from lakehouse.gateway.seen import Watcher
from lakehouse.observing import exposition, workers
from lakehouse.observing.call_log import CallLog
from lakehouse.observing.metrics import Metrics
from lakehouse.observing.ring import Entry, Ring

if TYPE_CHECKING:
    from lakehouse.gateway.services import Services

logger = logging.getLogger(__name__)

SHOWN = 25  # of a process's newest calls, to the admin's page
STOP_SECS = 2.0


class Standing(msgspec.Struct):
    """How a process stands now."""

    worker: int
    instance: UUID
    host: str
    pid: int
    open_calls: int
    database: str
    records_waiting: int
    records_dropped: int
    limits_together: bool
    ring_size: int
    held: int
    seen: int
    fell_out: int
    newest: list[Entry]


class Observing:
    """Started and stopped with the services that it watches."""

    def __init__(self, services: "Services") -> None:
        self.services = services
        self.ring = Ring()
        self.metrics = Metrics()
        self.log = CallLog()
        self.workers = workers.here
        self._own = exposition.Own(self)
        self._writing: asyncio.Task[None] | None = None

    @property
    def watchers(self) -> list[Watcher]:
        return [self.ring, self.metrics, self.log]

    async def start(self) -> None:
        self._writing = asyncio.create_task(self.log.run(), name="call-log")
        await self.workers.open(
            {
                "metrics": lambda: msgspec.json.encode(self._own.families()),
                "standing": lambda: msgspec.json.encode(self.standing()),
            }
        )

    async def stop(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        await self.workers.close()
        try:
            async with asyncio.timeout(STOP_SECS):
                await self.log.flush()
        except TimeoutError:
            logger.warning("the last calls' log lines were not taken within %g s", STOP_SECS)

    async def exposed(self) -> bytes:
        """The metrics of this process and of those that share its port."""
        others, unheard = await self.workers.ask("metrics")
        return await asyncio.to_thread(exposition.text, self._own.families(), others, unheard)

    async def standings(self) -> tuple[list[Standing], int]:
        """Of this process and of those that share its port, and how many did not answer."""
        others, unheard = await self.workers.ask("standing")
        told = [msgspec.json.decode(answer, type=Standing) for answer in others]
        return sorted([self.standing(), *told], key=lambda s: s.worker), unheard

    def standing(self) -> Standing:
        services, ring, recorder = self.services, self.ring, self.services.recorder
        held = ring.newest_first()
        return Standing(
            worker=self.workers.number,
            instance=recorder.instance,
            host=recorder.host,
            pid=recorder.pid,
            open_calls=services.drain.open_calls,
            database="ok" if services.database_answers else "away",
            records_waiting=recorder.waiting,
            records_dropped=recorder.dropped,
            limits_together=services.limiter.healthy,
            ring_size=ring.size,
            held=len(held),
            seen=ring.seen_in_all,
            fell_out=ring.seen_in_all - len(held),
            newest=held[:SHOWN],
        )
