"""How many calls a provider gets at once: `max_concurrency`, with a bounded wait."""

import asyncio
from collections.abc import Callable

import pytest

from lakehouse.gateway.slots import Slots
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, ProviderError


def endpoint(limit: int, name: str = "p") -> Endpoint:
    return Endpoint(name=name, kind="echo", base_url="", max_concurrency=limit)


async def taken(slots: Slots, limit: int, number: int) -> list[Callable[[], None]]:
    return [await slots.take(endpoint(limit)) for _ in range(number)]


def test_without_a_limit_there_is_always_a_slot() -> None:
    async def run() -> int:
        return len(await taken(Slots(0.01), 0, 100))

    assert asyncio.run(run()) == 100


def test_one_more_than_the_limit_is_busy_after_the_wait() -> None:
    async def run() -> None:
        slots = Slots(0.01)
        await taken(slots, 2, 2)
        await slots.take(endpoint(2))

    with pytest.raises(ProviderError) as raised:
        asyncio.run(run())
    failure = raised.value.failure
    assert (failure.kind, failure.accepted, failure.retryable) == (ErrorKind.BUSY, False, True)
    assert "serves 2 calls at once" in failure.message


def test_a_slot_given_back_is_free_for_who_waits() -> None:
    async def run() -> None:
        slots = Slots(1.0)
        (give_back,) = await taken(slots, 1, 1)
        waiting = asyncio.create_task(slots.take(endpoint(1)))
        await asyncio.sleep(0)
        give_back()
        await waiting

    asyncio.run(run())


def test_a_wait_that_is_given_up_takes_no_slot() -> None:
    async def run() -> None:
        slots = Slots(1.0)
        (give_back,) = await taken(slots, 1, 1)
        leaving = asyncio.create_task(slots.take(endpoint(1)))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait({leaving})
        give_back()
        await asyncio.wait_for(slots.take(endpoint(1)), 0.1)

    asyncio.run(run())


def test_providers_do_not_share_slots() -> None:
    async def run() -> None:
        slots = Slots(0.01)
        await slots.take(endpoint(1, "a"))
        await slots.take(endpoint(1, "b"))

    asyncio.run(run())


def test_a_new_limit_counts_from_the_next_call() -> None:
    async def run() -> None:
        slots = Slots(0.01)
        await taken(slots, 1, 1)
        await taken(slots, 3, 3)

    asyncio.run(run())
