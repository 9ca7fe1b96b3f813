"""Limits that several processes count together, in a real Redis.

Here two limiters of one loop, as two processes have them; `test_up.py` has the processes.
"""

import asyncio
import logging
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from lakehouse.errors import ApiError
from lakehouse.gateway.limits import Limiter, shared
from lakehouse.gateway.live import Principal
from tests.redis import RedisServer, needs_redis, redis_server

pytestmark = needs_redis
HELD = 25  # tokens for the body of `asked`
BODY = b"x" * HELD * 4


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


def key(requests: int | None = None, tokens: int | None = None) -> Principal:
    limited = Principal(7, "k", "o", "internal", frozenset(), requests, False, None)
    return msgspec.structs.replace(limited, tokens_per_minute=tokens)


async def asked(limiter: Limiter, principal: Principal) -> int:
    try:
        await limiter.admit(principal, uuid4(), BODY)
    except ApiError as error:
        return error.status
    return 200


@pytest.fixture
def together(
    redis: RedisServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[Limiter, Limiter], Awaitable[Any]]], Any]:
    """Runs something with two limiters that count in the Redis, empty at first."""
    monkeypatch.setattr(shared, "RETRY_SECS", 0.1)
    monkeypatch.setattr(shared, "TIMEOUT_SECS", 0.2)
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"unix://{redis.socket}",
            "KEY_PREFIX": uuid4().hex,
        }
    }

    async def run(scenario: Callable[[Limiter, Limiter], Awaitable[Any]]) -> Any:
        one, other = Limiter(), Limiter()
        tasks = [asyncio.create_task(limiter.run()) for limiter in (one, other)]
        try:
            return await scenario(one, other)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await one.stop()
            await other.stop()

    return lambda scenario: asyncio.run(run(scenario))


def test_requests_of_both_count_and_refusals_are_counted_by_key(together: Any) -> None:
    async def scenario(one: Limiter, other: Limiter) -> None:
        told = await asyncio.gather(
            *(asked(limiter, key(requests=50)) for _ in range(100) for limiter in (one, other))
        )
        assert Counter(told) == {200: 50, 429: 150}
        assert one.refused[7, "requests"] + other.refused[7, "requests"] == 150

    together(scenario)


def test_tokens_held_by_one_are_seen_by_the_other_until_given_back(together: Any) -> None:
    async def scenario(one: Limiter, other: Limiter) -> None:
        call = uuid4()
        await one.admit(key(tokens=HELD), call, BODY)
        assert await asked(other, key(tokens=HELD)) == 429
        one.release(call)
        assert await asked(one, key(tokens=HELD)) == 200

    together(scenario)


def test_a_key_stands_as_it_does_in_memory(together: Any) -> None:
    async def scenario(one: Limiter, other: Limiter) -> None:
        first = await one.admit(key(3, 1000), uuid4(), BODY)
        second = await other.admit(key(3, 1000), uuid4(), BODY)
        assert (first["x-ratelimit-remaining-requests"], first["x-ratelimit-remaining-tokens"]) == (
            "2",
            "975",
        )
        assert second["x-ratelimit-remaining-tokens"] == "950"
        assert 59 < float(second["x-ratelimit-reset-requests"].rstrip("s")) <= 60
        assert 59 < float(second["x-ratelimit-reset-tokens"].rstrip("s")) <= 61

    together(scenario)


def test_while_redis_is_away_each_counts_alone_and_says_so_once(
    together: Any, redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(one: Limiter, other: Limiter) -> None:
        assert await asked(one, key(2)) == 200
        redis.stop()
        assert [await asked(one, key(2)) for _ in range(3)] == [200, 200, 429]
        assert [await asked(other, key(2)) for _ in range(3)] == [200, 200, 429]
        await asyncio.to_thread(redis.start)
        async with asyncio.timeout(5):
            while not (one.healthy and other.healthy):
                await asyncio.sleep(0.02)
        assert [await asked(one, key(2)), await asked(other, key(2))] == [200, 200]
        assert await asked(one, key(2)) == 429

    with caplog.at_level(logging.INFO, logger="lakehouse.gateway.limits"):
        together(scenario)
    said = [record.message for record in caplog.records]
    assert len([text for text in said if "is away" in text]) == 2  # once each
    assert len([text for text in said if "Redis is back" in text]) == 2


def test_a_redis_that_hangs_holds_one_call_up_for_its_timeout(
    together: Any, redis: RedisServer
) -> None:
    async def scenario(one: Limiter, other: Limiter) -> None:
        assert await asked(one, key(9)) == 200
        redis.process.send_signal(signal.SIGSTOP)
        try:
            async with asyncio.timeout(1):
                assert await asked(one, key(9)) == 200
            async with asyncio.timeout(0.05):
                assert await asked(one, key(9)) == 200
        finally:
            redis.process.send_signal(signal.SIGCONT)

    together(scenario)


def test_nothing_is_asked_of_it_for_a_key_with_a_budget_only(together: Any) -> None:
    async def scenario(one: Limiter, other: Limiter) -> None:
        budgeted = msgspec.structs.replace(key(), monthly_budget=1.0)
        assert await one.admit(budgeted, uuid4(), BODY) == {}

    together(scenario)


def test_what_one_process_wrote_counts_in_the_others_budgets_at_once(
    together: Any, redis: RedisServer
) -> None:
    async def scenario(one: Limiter, other: Limiter) -> None:
        channel, month = one._spreading.channel, one.budgets.month
        with redis.client() as client:
            while client.pubsub_numsub(channel)[0][1] < 2:
                await asyncio.sleep(0.01)
        one._spreading.tell(month, {7: 2.5})
        one._spreading.tell("1999-12", {7: 9.0})
        one._spreading.tell(month, {8: 1.0})
        async with asyncio.timeout(3):
            while other.budgets.spent(8) == 0:
                await asyncio.sleep(0.005)
        assert (other.budgets.spent(7), one.budgets.spent(7)) == (2.5, 0.0)

    together(scenario)
