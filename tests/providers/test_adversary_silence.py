"""An upstream that falls silent, or never stops."""

import asyncio
import time

import pytest

from providers import adapters, exchange
from providers.endpoint import Timeouts
from providers.errors import ErrorKind
from providers.events import Event, Fail
from providers.transport import Transport
from tests.conversation import allow, ask, converse, endpoint_for, failure_of
from tests.upstreams.base import Answer, UpstreamServer, sse
from tests.upstreams.openai import text_chunks


def test_asking_again_meanwhile_does_not_put_off_the_idle_timeout() -> None:
    with UpstreamServer() as server:
        server.next(Answer.stream(sse(*text_chunks("a", "b")), stall_after=2))
        began = time.monotonic()
        last = asyncio.run(asyncio.wait_for(_asked_often(server), 3))
    assert isinstance(last, Fail)
    assert "idle_timeout of 0.3 s" in last.failure.message
    assert time.monotonic() - began < 2


def test_the_time_a_client_takes_to_read_is_no_silence_of_the_upstream() -> None:
    with UpstreamServer() as server:
        server.next(Answer.stream(sse(*text_chunks("a", "b", "c")), pause=0.35))
        events = asyncio.run(_read_slowly(server))
    assert not any(isinstance(event, Fail) for event in events)


def test_a_stream_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "MAX_STREAM", 10_000)
    with UpstreamServer() as server:
        server.next(Answer.stream(sse(*text_chunks(*["x" * 1000] * 50))))
        refused = failure_of(
            converse(endpoint_for("openai_compatible", server), ask(stream=True), server)
        )
    assert refused.kind is ErrorKind.PROTOCOL
    assert "larger than 10000 bytes" in refused.message


async def _asked_often(server: UpstreamServer) -> Event:
    """Reads as a stream with pings does; the last event."""
    async with Opened(server, idle=0.3) as attempt:
        while True:
            events = await attempt.next(asyncio.get_running_loop().time() + 0.1)
            if events and isinstance(events[-1], Fail):
                return events[-1]


async def _read_slowly(server: UpstreamServer) -> list[Event]:
    async with Opened(server, idle=0.5) as attempt:
        events: list[Event] = []
        while batch := await attempt.next():
            events += batch
            await asyncio.sleep(0.25)
        return events


class Opened:
    """A try that streams, from its good status on."""

    def __init__(self, server: UpstreamServer, idle: float) -> None:
        self._transport = Transport(lambda: allow(server))
        kind = "openai_compatible"
        where = endpoint_for(kind, server, timeouts=Timeouts(idle=idle))
        self._attempt = exchange.exchange(
            self._transport, adapters.get(kind), where, ask(stream=True), ""
        )

    async def __aenter__(self) -> exchange.Exchange:
        await self._attempt.open()
        return self._attempt

    async def __aexit__(self, *_: object) -> None:
        await self._attempt.aclose()
        await self._transport.aclose()
