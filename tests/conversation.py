"""Talking to a loopback upstream through the real transport and the real adapter."""

import asyncio
from typing import Any

from providers import adapters
from providers.adapters.base import Decoder
from providers.egress import AllowList
from providers.endpoint import Endpoint, Timeouts
from providers.errors import Failure, ProviderError
from providers.events import Event, Fail, ReasoningDelta, TextDelta
from providers.exchange import exchange
from providers.messages import Request, Text, Turn
from providers.transport import Transport
from tests.upstreams.base import UpstreamServer


def endpoint_for(kind: str, server: UpstreamServer, path: str = "", **more: Any) -> Endpoint:
    """An endpoint of that kind whose base URL is the loopback server's, plus `path`."""
    more.setdefault("timeouts", Timeouts(connect=2, first_token=2, idle=2, total=5))
    return Endpoint(name=kind, kind=kind, base_url=server.url + path, **more)


def allow(server: UpstreamServer) -> AllowList:
    return AllowList(origins=frozenset({(server.host, server.port)}))


def ask(text: str = "hello", model: str = "m", **more: Any) -> Request:
    """A request with one user turn."""
    return Request(model=model, turns=(Turn("user", (Text(text),)),), **more)


def converse(
    endpoint: Endpoint, request: Request, server: UpstreamServer, secret: str = ""
) -> list[Event]:
    """All events of one try; a failure before the answer is a single `Fail`."""

    async def run() -> list[Event]:
        transport = Transport(lambda: allow(server))
        events: list[Event] = []
        attempt = None
        try:
            attempt = exchange(transport, adapters.get(endpoint.kind), endpoint, request, secret)
            await attempt.open()
            while batch := await attempt.next():
                events += batch
        except ProviderError as error:
            events.append(Fail(error.failure))
        finally:
            if attempt is not None:
                await attempt.aclose()
            await transport.aclose()
        return events

    return asyncio.run(run())


def text_of(events: list[Event]) -> str:
    return "".join(e.text for e in events if isinstance(e, TextDelta))


def reasoning_of(events: list[Event]) -> str:
    return "".join(e.text for e in events if isinstance(e, ReasoningDelta))


def failure_of(events: list[Event]) -> Failure:
    """The failure that ended the try. Fails the test when there was none."""
    last = events[-1]
    assert isinstance(last, Fail), last
    return last.failure


def feed(decoder: Decoder, data: bytes, size: int = 0) -> list[Event]:
    """What a decoder makes of the bytes, whole or in slices of `size`."""
    step = size or max(len(data), 1)
    events: list[Event] = []
    for at in range(0, len(data), step):
        events += decoder.feed(data[at : at + step])
    return events + decoder.finish()
