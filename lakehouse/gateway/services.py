"""What one gateway process holds while it runs: started and stopped by the ASGI lifespan."""

import asyncio
import gc
import logging
import os
import socket
import uuid

import msgspec
from django.conf import settings

from lakehouse.gateway import abandoned, breaker_report, live, rules_live
from lakehouse.gateway.breakers import Breakers
from lakehouse.gateway.drain import Drain, drain
from lakehouse.gateway.limits import Limiter
from lakehouse.gateway.recorder import Finished, Recorder
from lakehouse.gateway.seen import Seen, Watcher
from lakehouse.gateway.slots import Slots
from lakehouse.gateway.states import StateStore
from lakehouse.observing.forwarding.forwarder import Forwarder
from lakehouse.observing.forwarding.target import target
from lakehouse.observing.here import Observing
from lakehouse.observing.pulse import Pulse
from providers import registered
from providers.transport import Transport

logger = logging.getLogger(__name__)

# A record that waits so long was not taken by a database that works: it is written in 0.05.
HANGS_SECS = 5.0


class Services:
    def __init__(self) -> None:
        self.limiter = Limiter()
        self.forwarder = Forwarder(target())
        self.watchers: list[Watcher] = [self.limiter, self.forwarder]
        self.recorder = Recorder(
            uuid.uuid4(), socket.gethostname(), os.getpid(), written=self._written
        )
        self.listener = live.Listener()
        self.slots = Slots(settings.LAKEHOUSE_QUEUE_SECS)
        self.states = StateStore()
        self.breakers = new_breakers()
        self.transport = Transport(registered.allow_list)
        self.drain: Drain = drain
        self.observing = Observing(self)
        self.watchers += self.observing.watchers
        self.pulse = Pulse(self.recorder, self.drain)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Loads the live configuration once, so that the first call is already served from it."""
        await asyncio.to_thread(live.reload_and_close)
        await asyncio.to_thread(rules_live.start)
        await self.limiter.start()
        await self.observing.start()
        if any(o.langfuse for o in live.current().profiles.observer.values()):
            self.forwarder.begin()
        _calm_collector()
        self._tasks = [
            asyncio.create_task(self.listener.run(), name="live-listener"),
            asyncio.create_task(self.recorder.run(), name="recorder"),
            asyncio.create_task(self.limiter.run(), name="limiter"),
            asyncio.create_task(self.pulse.run(), name="pulse"),
            asyncio.create_task(rules_live.run(), name="truth-rules"),
            asyncio.create_task(abandoned.run(), name="abandoned-activations"),
            asyncio.create_task(
                breaker_report.run(self.breakers, self.recorder.instance), name="breaker-report"
            ),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(self.recorder.stop(), asyncio.to_thread(self.forwarder.stop))
        await self.limiter.stop()
        await self.observing.stop()
        await self.transport.aclose()

    def seen(self, call: Seen) -> None:
        """The ledger first; then everyone who watches, none of whom can fail a call."""
        self.recorder.finished(call.finished)
        for watcher in self.watchers:
            try:
                watcher.seen(call)
            except Exception:
                logger.exception("%s could not take a call", type(watcher).__name__)

    def _written(self, calls: list[Finished]) -> None:
        for watcher in self.watchers:
            try:
                watcher.written(calls)
            except Exception:
                logger.exception("%s could not take written calls", type(watcher).__name__)

    @property
    def database_answers(self) -> bool:
        """False also while it hangs: then nothing fails, and records wait."""
        told = self.listener.healthy and self.recorder.healthy
        return told and self.recorder.oldest_secs < HANGS_SECS

    def readiness(self) -> dict[str, object]:
        """For /readyz. A database that is away does not make this process unready: calls go on."""
        return {
            "ready": not self.drain.started,
            "draining": self.drain.started,
            "open_calls": self.drain.open_calls,
            "providers": len(live.current().endpoints),
            "generation": live.current().generation,
            "database": "ok" if self.database_answers else "away",
            "breakers": [msgspec.to_builtins(standing) for standing in self.breakers.all()],
            "records_waiting": self.recorder.waiting,
            "records_dropped": self.recorder.dropped,
            "limits": "ok" if self.limiter.healthy else "counted by each process alone",
            "traces": msgspec.to_builtins(self.forwarder.counts()),
        }


def new_breakers() -> Breakers:
    return Breakers(
        settings.LAKEHOUSE_BREAKER_FAILURES,
        settings.LAKEHOUSE_BREAKER_SECS,
        settings.LAKEHOUSE_RETRY_AFTER_SECS,
    )


def _calm_collector() -> None:
    """A call makes few cycles; at Python's default the collector took a tenth of its CPU."""
    gc.set_threshold(20_000, 20, 100)


_running: Services | None = None


def install(services: Services | None) -> None:
    global _running
    _running = services


def if_running() -> Services | None:
    """None in a process that serves no calls: a worker's, a command's."""
    return _running


def running() -> Services:
    """The process's services. Raises RuntimeError outside the server."""
    if _running is None:
        raise RuntimeError("the gateway's services are not started; run manage.py serve")
    return _running
