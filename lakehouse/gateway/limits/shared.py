"""The last minute of each key, counted in Redis by every process together.

Calls that ask at the same time go in one round trip, over one connection. While Redis is away,
limits are counted in each process (the caller does that when it gets None): a key then may get
its number once in each of them, which is better than refusing everything or failing. It is
logged once, and Redis is asked again off the line, so that no call waits for it.
"""

import asyncio
import logging
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from lakehouse.gateway.limits import place
from lakehouse.gateway.limits.scripts import SETTLE, TAKE
from lakehouse.gateway.limits.standing import Asked, Kind, Standing

logger = logging.getLogger(__name__)
TIMEOUT_SECS = 0.5
RETRY_SECS = 1.0
AT_ONCE = 500
REFUSED: tuple[Kind | None, ...] = (None, "requests", "tokens")


class _Step(msgspec.Struct):
    script: str
    key: int
    arguments: tuple[int, ...]
    answer: "asyncio.Future[list[int] | None] | None" = None


class Shared:
    """`healthy` is False while Redis is away. `run` must run for anything to be answered."""

    def __init__(self) -> None:
        self.healthy = True
        self._prefix = place.prefix()
        self._steps: list[_Step] = []
        self._asked = asyncio.Event()
        self._redis = Redis.from_url(
            place.address(),
            socket_timeout=TIMEOUT_SECS,
            socket_connect_timeout=TIMEOUT_SECS,
            # A step that was sent twice would count twice.
            retry=Retry(NoBackoff(), 0),
            **place.options(),
        )

    async def take(self, asked: Asked) -> Standing | None:
        """As Windows.take; None while Redis is away."""
        if not self.healthy:
            return None
        answer = asyncio.get_running_loop().create_future()
        limits = (-1 if n is None else n for n in (asked.requests, asked.tokens))
        self._ask(_Step(TAKE, asked.key, (*limits, asked.hold), answer))
        told = await answer
        if told is None:
            return None
        refused, requests, requests_wait, tokens, tokens_wait, second = told
        waits = requests_wait / 1000, tokens_wait / 1000
        return Standing(REFUSED[refused], requests, waits[0], tokens, waits[1], second)

    def settle(self, key: int, second: int, held: int, used: int) -> None:
        """As Windows.settle, in its own time. Not at all while Redis is away."""
        if self.healthy:
            self._ask(_Step(SETTLE, key, (second, held, used)))

    async def run(self) -> None:
        """For ever; `stop` sends what was left."""
        while True:
            if self.healthy:
                await self._asked.wait()
                await self._send()
            else:
                await asyncio.sleep(RETRY_SECS)
                await self.look()

    async def look(self) -> None:
        """Whether Redis answers, and takes what is written to it."""
        try:
            await self._redis.set(f"{self._prefix}:look", 1, ex=60)
        except Exception as error:
            self._is_away(error)
        else:
            if not self.healthy:
                logger.info("limits: Redis is back, all processes count together again")
            self.healthy = True

    async def stop(self) -> None:
        if self.healthy:
            await self._send()
        await self._redis.aclose()

    # --- one round trip ---

    def _ask(self, step: _Step) -> None:
        self._steps.append(step)
        self._asked.set()

    async def _send(self) -> None:
        steps, self._steps = self._steps[:AT_ONCE], self._steps[AT_ONCE:]
        if not self._steps:
            self._asked.clear()
        if not steps:
            return
        answers: list[Any] = []
        try:
            answers = await self._answers(steps)
        except Exception as error:
            # Whatever it is: with `run` ended, nobody would be answered again.
            self._is_away(error)
        finally:
            # Whatever happened, a cancel included, nobody waits for ever.
            answers = answers or [None] * len(steps)
            for step, answer in zip(steps, answers, strict=True):
                if step.answer is not None and not step.answer.done():
                    step.answer.set_result(answer)

    async def _answers(self, steps: list[_Step]) -> list[Any]:
        """Raises what redis raises, also for an error that came as an answer."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for step in steps:
                # In one slot of a cluster, so the key's number is in braces.
                name = f"{self._prefix}:{{{step.key}}}"
                names = (f"{name}:requests", f"{name}:tokens")
                pipe.eval(step.script, 2, *names, *(str(n) for n in step.arguments))
            return list(await pipe.execute())

    def _is_away(self, error: Exception) -> None:
        if self.healthy:
            logger.warning(
                "limits: Redis (CACHE_URL) is away (%s); each process counts alone until it is "
                "back, so a key may get its limit once in each of them",
                error,
            )
        self.healthy = False
        waiting, self._steps = self._steps, []
        for step in waiting:
            if step.answer is not None and not step.answer.done():
                step.answer.set_result(None)
