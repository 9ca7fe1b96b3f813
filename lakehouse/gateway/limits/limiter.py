"""Admission: what a key may do now, and what its calls really used when they end.

Requests are exact: of any number of calls at once those within the limit pass. Tokens are those
of every try of a call, in and out, known when it ends; until then an estimate is held for it
(its prompt, or what the key's calls have used of late, whichever is more). So a token limit can
be overshot by what the calls in flight use beyond that.
"""

import asyncio
import time
from collections import Counter
from uuid import UUID

import msgspec

from lakehouse.gateway.limits import place, tokens, wording
from lakehouse.gateway.limits.budgets import Budgets
from lakehouse.gateway.limits.memory import Windows
from lakehouse.gateway.limits.standing import Asked, Kind
from lakehouse.gateway.live import Principal
from lakehouse.gateway.recorder import CallRow, Finished
from lakehouse.gateway.seen import Seen

SHARE_OF_LATEST = 0.2  # in the running mean of what a key's calls use


class _Held(msgspec.Struct, frozen=True):
    """Tokens held for a call in flight, where and in which second."""

    key: int
    second: int
    tokens: int
    prompt: int
    shared: bool


class Limiter:
    """A Watcher. `refused` counts by the key's id and what refused: requests, tokens, budget."""

    def __init__(self) -> None:
        self.refused: Counter[tuple[int, Kind]] = Counter()
        self.budgets = Budgets()
        self._here = Windows()
        self._held: dict[UUID, _Held] = {}
        self._usual: dict[int, float] = {}
        self._shared = None
        if place.is_shared():
            from lakehouse.gateway.limits.shared import Shared
            from lakehouse.gateway.limits.spreading import Spreading

            self._shared = Shared()
            self._spreading = Spreading(self.budgets.add)

    @property
    def healthy(self) -> bool:
        """False while the Redis that all processes count in is away."""
        return self._shared is None or self._shared.healthy

    async def start(self) -> None:
        """What was spent is known, and whether Redis answers, before the first call."""
        await self.budgets.read()
        if self._shared is not None:
            await self._shared.look()

    async def run(self) -> None:
        """For ever, beside the calls."""
        if self._shared is None:
            await self.budgets.run()
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self.budgets.run())
            group.create_task(self._shared.run())
            group.create_task(self._spreading.run())

    async def stop(self) -> None:
        if self._shared is not None:
            await self._shared.stop()

    # --- one call ---

    async def admit(self, principal: Principal, call_id: UUID, body: bytes) -> dict[str, str]:
        """Counts one call of a key that has a limit; the headers that tell how the key stands.

        Raises ApiError(429 or 402), and then counts nothing. What it holds for the call is
        settled when the call is `seen`, or by `release` where there will be none.
        """
        self._within_budget(principal)
        asked, prompt = (
            Asked(principal.id, principal.requests_per_minute, principal.tokens_per_minute),
            0,
        )
        if asked.requests is None and asked.tokens is None:
            return {}
        if asked.tokens is not None:
            prompt = tokens.of_body(body)
            hold = max(prompt, int(self._usual.get(principal.id, 0)))
            asked = msgspec.structs.replace(asked, hold=hold)
        standing = None if self._shared is None else await self._shared.take(asked)
        shared = standing is not None
        if standing is None:
            standing = self._here.take(asked, time.monotonic())
        if standing.refused is not None:
            self.refused[principal.id, standing.refused] += 1
            refusal = (
                wording.too_many_requests
                if standing.refused == "requests"
                else wording.too_many_tokens
            )
            raise refusal(principal, asked, standing)
        if asked.tokens is not None:
            self._held[call_id] = _Held(asked.key, standing.second, asked.hold, prompt, shared)
        return wording.headers(asked, standing)

    def release(self, call_id: UUID) -> None:
        """Gives back what is held for a request that did not become a call."""
        if held := self._held.pop(call_id, None):
            self._settle(held, 0)

    def seen(self, call: Seen) -> None:
        held = self._held.pop(call.finished.row.id, None)
        if held is None:
            return
        used = _used(call.finished.row, held.prompt)
        usual = self._usual.get(held.key, 0.0)
        self._usual[held.key] = usual + (used - usual) * SHARE_OF_LATEST
        self._settle(held, used)

    def written(self, calls: list[Finished]) -> None:
        spent = self.budgets.written(calls)
        if self._shared is not None:
            self._spreading.tell(self.budgets.month, spent)

    def _within_budget(self, principal: Principal) -> None:
        if principal.monthly_budget is None:
            return
        spent = self.budgets.spent(principal.id)
        if spent >= principal.monthly_budget:
            self.refused[principal.id, "budget"] += 1
            raise wording.over_budget(principal, spent, self.budgets.until)

    def _settle(self, held: _Held, used: int) -> None:
        if held.shared and self._shared is not None:
            self._shared.settle(held.key, held.second, held.tokens, used)
        else:
            self._here.settle(held.key, held.second, held.tokens, used, time.monotonic())


def _used(row: CallRow, prompt: int) -> int:
    """A call's tokens: those of its record, where its provider said nothing those of the prompt.

    Streams that were cut have an estimate in their record (`tokens.used`).
    """
    told = row.input_tokens + row.output_tokens
    if told or not row.attempts_made or row.outcome == "failed":
        return told
    return prompt
