"""What "check" does: secret, server, key, default model, by free calls only, each step timed.

The steps go on as far as they can tell something: a server can be reached without a key.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
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
    try:
        adapter = adapters.get(endpoint.kind)
    except KeyError as error:
        unknown = step(StepName.REACHABLE, Result.FAILED, str(error.args[0]))
        return CheckResult(endpoint.name, (unknown,))
    short = msgspec.structs.replace(
        endpoint.timeouts, total=min(endpoint.timeouts.total, ONE_CALL_SECS)
    )
    quick = msgspec.structs.replace(endpoint, timeouts=short)
    return await _Check(quick, adapter, transport).run()


class _Check:
    def __init__(self, endpoint: Endpoint, adapter: Adapter, transport: Transport) -> None:
        self._endpoint = endpoint
        self._adapter = adapter
        self._transport = transport
        self._secret = ""
        self._steps: list[Step] = []

    async def run(self) -> CheckResult:
        self._look_for_secret()
        if self._adapter.local:
            self._add(StepName.REACHABLE, Result.OK, "It answers in this process.")
            self._skip(StepName.KEY, StepName.MODEL, "There is no upstream to ask.")
            return self._result()
        models, refused, took = await _timed(self._list())
        if refused is not None and _not_reached(refused):
            self._add(StepName.REACHABLE, Result.FAILED, refused.message, took)
            self._skip(StepName.KEY, StepName.MODEL, "It was not reached.")
            return self._result()
        self._add(StepName.REACHABLE, Result.OK, f"{self._endpoint.base_url} answers.", took)
        await self._try_key(refused)
        self._find_model(models, refused)
        return self._result(models)

    def _result(self, models: tuple[ModelInfo, ...] | None = None) -> CheckResult:
        return CheckResult(self._endpoint.name, tuple(self._steps), models)

    def _look_for_secret(self) -> None:
        status = secrets.status(self._endpoint)
        if status.state is secrets.State.NOT_NEEDED:
            self._skip(StepName.SECRET, status.detail)
        elif status.usable:
            self._secret = secrets.resolve(self._endpoint).reveal()
            self._add(StepName.SECRET, Result.OK, status.detail)
        else:
            self._add(StepName.SECRET, Result.FAILED, status.detail)

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

    async def _try_key(self, refused: Failure | None) -> None:
        proof = self._adapter.check(self._endpoint) if self._secret else None
        took = 0
        if proof is not None:
            _, refused, took = await _timed(self._ask(proof))
        at_fault = refused is not None and refused.kind in _KEY_AT_FAULT
        if not self._secret and (not at_fault or self._endpoint.auth):
            self._skip(StepName.KEY, "There is no key to try.")
        elif refused is None:
            self._add(StepName.KEY, Result.OK, "The server took the key.", took)
        elif at_fault:
            self._add(StepName.KEY, Result.FAILED, refused.message, took)
        else:
            self._skip(StepName.KEY, f"It cannot be told: {refused.message}")

    def _find_model(self, models: tuple[ModelInfo, ...] | None, refused: Failure | None) -> None:
        wanted = self._endpoint.default_model
        if refused is not None:
            known = refused.kind in _KEY_AT_FAULT or refused.status == 404
            result = Result.SKIPPED if known else Result.FAILED
            self._add(StepName.MODEL, result, f"No model list: {refused.message}")
        elif not wanted or models is None:
            detail = "This kind has no model list." if wanted else "There is no default model."
            self._skip(StepName.MODEL, detail)
        else:
            self._compare(wanted, [model.id for model in models])

    def _compare(self, wanted: str, listed: list[str]) -> None:
        # A name without a tag means the tag "latest" to servers that list tags.
        if wanted in listed or f"{wanted}:latest" in listed:
            self._add(StepName.MODEL, Result.OK, f"{wanted} is one of {len(listed)} models.")
            return
        text = f"{wanted} is not among the {len(listed)} models listed. "
        text += suggestion(wanted, listed)
        self._add(StepName.MODEL, Result.FAILED, text)

    async def _ask(self, outgoing: Outgoing) -> bytes:
        return await ask(self._transport, self._adapter, self._endpoint, outgoing, self._secret)

    def _add(self, name: StepName, result: Result, detail: str, took: int = 0) -> None:
        self._steps.append(step(name, result, detail, took))

    def _skip(self, *names_and_detail: str) -> None:
        *names, detail = names_and_detail
        for name in names:
            self._add(StepName(name), Result.SKIPPED, detail)


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
