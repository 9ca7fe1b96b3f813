"""What fails while nobody is left to hear it is not logged as if it had been forgotten."""

import asyncio
import gc
from contextlib import aclosing
from typing import Any

import pytest
from pytest_django import Settings

from lakehouse.gateway import live
from lakehouse.gateway.dialect.request import decode_chat
from lakehouse.gateway.ids import new_id
from lakehouse.gateway.line import answer_chat
from lakehouse.gateway.live import Principal, Snapshot
from lakehouse.gateway.services import Services
from lakehouse.gateway.stream import ChatStream
from providers.endpoint import Endpoint

ANYONE = Principal(1, "test", "tests", "internal", frozenset(), None, False, None)
ASKED = b'{"model":"e/m","stream":true,"messages":[{"role":"user","content":"x"}]}'
FAILING = Endpoint(name="e", kind="echo", base_url="", options={"fail": "server"})


@pytest.mark.parametrize("steps", range(16))
def test_a_try_that_fails_as_its_client_leaves_is_no_unseen_exception(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, steps: int
) -> None:
    monkeypatch.setattr(live, "_current", Snapshot(endpoints={"e": FAILING}))
    settings.LAKEHOUSE_STREAM_COMMIT_SECS = 0
    unseen: list[Any] = []

    async def run() -> int:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: unseen.append(told))
        services = Services()
        reading = asyncio.create_task(_read_one(services))
        for _ in range(steps):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        del reading
        gc.collect()
        return services.drain.open_calls

    assert asyncio.run(run()) == 0
    gc.collect()
    assert unseen == []


async def _read_one(services: Services) -> None:
    """What the handler does with a stream, which was committed before its try began."""
    asked = decode_chat(ASKED)
    stream, _ = await answer_chat(services, ANYONE, new_id(), asked, ASKED)
    assert isinstance(stream, ChatStream)
    async with aclosing(stream):
        await anext(stream)
