"""What "check" does: secret, server, key, default model, by free calls only, each step timed.

The steps go on as far as they can tell something: a server can be reached without a key.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeVar

import msgspec

from providers import adapters, registered, secrets
from providers.adapters.base import Adapter, Outgoing
from providers.asking import ask
from providers.check_result import CheckResult, Result, Step, StepName, step
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, Failure, ProviderError, failure
from providers.messages import ModelInfo
from providers.suggest import suggestion
from providers.transport import Transport

Got = TypeVar("Got")

ONE_CALL_SECS = 10.0
AT_ONCE = 8
MAX_PAGES = 20

_NOT_REACHED = (ErrorKind.UNREACHABLE, ErrorKind.EGRESS, ErrorKind.TIMEOUT)
_KEY_AT_FAULT = (ErrorKind.AUTH, ErrorKind.PERMISSION, ErrorKind.GATE, ErrorKind.BILLING)


def check_all(
    endpoints: Iterable[Endpoint], told: Callable[[CheckResult], None] | None = None
) -> list[CheckResult]:
    """Checks all, some at once, in their order. For threads without an event loop.

    `told` hears of each result as it comes. Nothing is stored: see `listings.save`.
    """
    return asyncio.run(_check_all(list(endpoints), told))


async def _check_all(
    endpoints: list[Endpoint], told: Callable[[CheckResult], None] | None
) -> list[CheckResult]:
    transport = Transport(registered.allow_list)
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(endpoint: Endpoint) -> CheckResult:
        async with turns:
            result = await check(endpoint, transport)
        if told is not None:
            told(result)
        return result

    try:
        return await asyncio.gather(*(one(endpoint) for endpoint in endpoints))
    finally:
        await transport.aclose()


async def check(endpoint: Endpoint, transport: Transport) -> CheckResult:
    """Never raises for what is wrong with a provider: that is in the steps."""
    going = Check(endpoint, transport)
    steps = [each async for each in going.steps()]
    return CheckResult(endpoint.name, tuple(steps), going.models)


class Check:
    """One provider's check, a step at a time; `models` is the list it read, None without one."""

    def __init__(self, endpoint: Endpoint, transport: Transport) -> None:
        short = msgspec.structs.replace(
            endpoint.timeouts, total=min(endpoint.timeouts.total, ONE_CALL_SECS)
        )
        self.models: tuple[ModelInfo, ...] | None = None
        self._endpoint = msgspec.structs.replace(endpoint, timeouts=short)
        self._transport = transport
        self._adapter: Adapter
        self._secret = ""

    async def steps(self) -> AsyncIterator[Step]:
        """One of each StepName, in their order; of an unknown kind, a failed one only."""
        try:
            self._adapter = adapters.get(self._endpoint.kind)
        except KeyError as error:
            yield step(StepName.REACHABLE, Result.FAILED, str(error.args[0]))
            return
        yield self._look_for_secret()
        if self._adapter.local:
            yield step(StepName.REACHABLE, Result.OK, "It answers in this process.")
            for name in (StepName.KEY, StepName.MODEL):
                yield step(name, Result.SKIPPED, "There is no upstream to ask.")
            return
        models, refused, took = await _timed(self._list())
        if refused is not None and _not_reached(refused):
            yield step(StepName.REACHABLE, Result.FAILED, refused.message, took)
            for name in (StepName.KEY, StepName.MODEL):
                yield step(name, Result.SKIPPED, "It was not reached.")
            return
        self.models = models
        yield step(StepName.REACHABLE, Result.OK, f"{self._endpoint.base_url} answers.", took)
        yield await self._try_key(refused)
        yield self._find_model(refused)

    def _look_for_secret(self) -> Step:
        status = secrets.status(self._endpoint)
        if status.state is secrets.State.NOT_NEEDED:
            return step(StepName.SECRET, Result.SKIPPED, status.detail)
        if not status.usable:
            return step(StepName.SECRET, Result.FAILED, status.detail)
        self._secret = secrets.resolve(self._endpoint).reveal()
        return step(StepName.SECRET, Result.OK, status.detail)

    async def _list(self) -> tuple[ModelInfo, ...] | None:
        """All pages of the model list; None when the vendor has none."""
        found: dict[str, ModelInfo] = {}
        cursor: str | None = None
        for _ in range(MAX_PAGES):
            outgoing = self._adapter.list_models(self._endpoint, cursor)
            if outgoing is None:
                return None
            page, cursor = self._adapter.read_models(await self._ask(outgoing))
            found |= {model.id: model for model in page}
            if not cursor:
                break
        return tuple(found.values())

    async def _try_key(self, refused: Failure | None) -> Step:
        proof = self._adapter.check(self._endpoint) if self._secret else None
        took = 0
        if proof is not None:
            _, refused, took = await _timed(self._ask(proof))
        at_fault = refused is not None and refused.kind in _KEY_AT_FAULT
        if not self._secret and (not at_fault or self._endpoint.auth):
            return step(StepName.KEY, Result.SKIPPED, "There is no key to try.")
        if refused is None:
            return step(StepName.KEY, Result.OK, "The server took the key.", took)
        if at_fault:
            return step(StepName.KEY, Result.FAILED, refused.message, took)
        return step(StepName.KEY, Result.SKIPPED, f"It cannot be told: {refused.message}")

    def _find_model(self, refused: Failure | None) -> Step:
        wanted = self._endpoint.default_model
        if refused is not None:
            known = refused.kind in _KEY_AT_FAULT or refused.status == 404
            result = Result.SKIPPED if known else Result.FAILED
            return step(StepName.MODEL, result, f"No model list: {refused.message}")
        if not wanted or self.models is None:
            detail = "This kind has no model list." if wanted else "There is no default model."
            return step(StepName.MODEL, Result.SKIPPED, detail)
        listed = [model.id for model in self.models]
        # A name without a tag means the tag "latest" to servers that list tags.
        if wanted in listed or f"{wanted}:latest" in listed:
            return step(StepName.MODEL, Result.OK, f"{wanted} is one of {len(listed)} models.")
        text = f"{wanted} is not among the {len(listed)} models listed. "
        return step(StepName.MODEL, Result.FAILED, text + suggestion(wanted, listed))

    async def _ask(self, outgoing: Outgoing) -> bytes:
        return await ask(self._transport, self._adapter, self._endpoint, outgoing, self._secret)


async def _timed(work: Awaitable[Got]) -> tuple[Got | None, Failure | None, int]:
    """What came of it, or why nothing did, and the milliseconds it took."""
    started = time.monotonic()
    got: Got | None = None
    refused: Failure | None = None
    try:
        got = await work
    except ProviderError as error:
        refused = error.failure
    except Exception as error:
        refused = failure(
            ErrorKind.PROTOCOL, f"The answer cannot be read ({type(error).__name__})."
        )
    return got, refused, round((time.monotonic() - started) * 1000)


def _not_reached(refused: Failure) -> bool:
    return refused.status is None and refused.kind in _NOT_REACHED
