"""One piece of a file asked about: sent, read whole, and asked again only where that is safe.

A request that an upstream may have taken is paid for, whatever became of the answer. So
only these are asked again: what was provably not accepted, what the upstream turned away
(rate limit, overloaded) and, once, an error of its own.
"""

import asyncio
from decimal import Decimal

import msgspec
from django.conf import settings

from lakehouse.audit import prompting, splitting
from lakehouse.audit.claims import Claim, Unreadable, read
from lakehouse.audit.source import Source
from lakehouse.gateway import prices
from lakehouse.gateway.dialect.answer import Answer
from profiles.execution.policy import Execution, shaped, with_floor
from providers import adapters, secrets
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, Failure, ProviderError
from providers.exchange import exchange
from providers.messages import Request
from providers.transport import Transport

MOST_ASKS = 3  # of one piece, the first among them
WAITS = (1.0, 4.0)  # seconds, where the upstream names none
_TURNED_AWAY = (ErrorKind.RATE_LIMIT, ErrorKind.OVERLOADED)
_TOO_LONG = (ErrorKind.CONTEXT_LENGTH, ErrorKind.TOO_LARGE)


class NotAudited(Exception):
    """A piece that brought no findings and no word that there are none."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind


class Tally(msgspec.Struct):
    """What the asks of one file took together. `cost` is None while no price is known."""

    asks: int = 0
    input: int = 0
    output: int = 0
    cost: Decimal | None = None
    notes: list[str] = msgspec.field(default_factory=list)


class Auditor:
    """The named provider and model, asked as one profile says. It climbs no ladder."""

    def __init__(
        self, transport: Transport, endpoint: Endpoint, model: str, profile: Execution | None
    ) -> None:
        self._transport = transport
        self._endpoint = endpoint if profile is None else with_floor(endpoint, profile)
        self._model = model
        self._profile = profile
        details = endpoint.details.get(model)
        self.budget = splitting.budget(details.context_length if details else None)

    async def ask(self, piece: Source, tally: Tally) -> list[Claim]:
        """The claims about a piece; one that is too long is halved. Raises NotAudited."""
        try:
            answer = await self._answered(piece, tally)
        except ProviderError as error:
            parts = splitting.halves(piece) if error.failure.kind in _TOO_LONG else [piece]
            if len(parts) < 2:
                raise NotAudited(error.failure.kind.value, error.failure.message[:500]) from None
            return [claim for part in parts for claim in await self.ask(part, tally)]
        return _claims(answer, piece, tally)

    async def _answered(self, piece: Source, tally: Tally) -> Answer:
        request = prompting.request(self._model, piece)
        if self._profile is not None:
            request = shaped(request, self._profile)
        amended = False
        for number in range(1, MOST_ASKS + 1):
            try:
                return await self._once(request, tally)
            except ProviderError as error:
                failed = error.failure
                other = None if amended else self._amended(request, failed)
                if other is not None and number < MOST_ASKS:
                    request, amended = other, True
                elif number == MOST_ASKS or not may_ask_again(failed, number):
                    raise
                else:
                    await asyncio.sleep(_wait(failed, number))
        raise AssertionError("the last ask returns or raises")

    async def _once(self, request: Request, tally: Tally) -> Answer:
        endpoint, answer = self._endpoint, Answer()
        adapter = adapters.get(endpoint.kind)
        secret = secrets.resolve(endpoint).reveal()
        attempt = exchange(self._transport, adapter, endpoint, request, secret)
        tally.asks += 1
        try:
            await attempt.open()
            while events := await attempt.next():
                for event in events:
                    answer.add(event)
        finally:
            await attempt.aclose()
            self._count(answer, tally)
        if answer.failure is not None:
            raise ProviderError(answer.failure.failure)
        return answer

    def _count(self, answer: Answer, tally: Tally) -> None:
        usage = answer.usage
        tally.input += usage.input
        tally.output += usage.output
        if usage.input + usage.output:
            cost = prices.of_usage(usage, self._model, self._endpoint.base_url)
            if cost is not None:
                tally.cost = (tally.cost or Decimal(0)) + cost

    def _amended(self, request: Request, failed: Failure) -> Request | None:
        if failed.status is None or not 400 <= failed.status < 500:
            return None
        return adapters.get(self._endpoint.kind).amend(request, failed)


def may_ask_again(failed: Failure, asked: int) -> bool:
    """After so many asks: is it safe, and may it help soon?"""
    if not failed.retryable or (failed.retry_after or 0) > settings.LAKEHOUSE_RETRY_AFTER_SECS:
        return False
    if failed.kind == ErrorKind.SERVER:
        return asked == 1
    return failed.kind in _TURNED_AWAY or not failed.accepted


def _wait(failed: Failure, asked: int) -> float:
    return WAITS[asked - 1] if failed.retry_after is None else failed.retry_after


def _claims(answer: Answer, piece: Source, tally: Tally) -> list[Claim]:
    choice = answer.choices.get(0)
    if choice is None or choice.refusal or answer.finish_reason == "content_filter":
        what = "It gave no answer." if choice is None else "It refused to answer."
        raise NotAudited("empty_answer" if choice is None else "refused", what)
    text = "".join(choice.text)
    try:
        found = read(text, piece.path)
    except Unreadable:
        cut = " It ended at the output limit." if answer.finish_reason == "length" else ""
        told = f"The answer of {len(text):,} characters holds no list of findings.{cut}"
        raise NotAudited("unreadable_answer", told) from None
    if found.cut or answer.finish_reason == "length":
        tally.notes.append("An answer broke off: findings may be missing.")
    if found.faults:
        tally.notes.append(f"{found.faults} entries of an answer were no findings.")
    return found.claims
