"""From the tries of a plan to the first events of an answer: skip, build, send, peek, go on.

A failure before the first content goes to the next rung where this one's rules allow
it; after it, never. A bad answer (`verdict.py`) goes on likewise while no client has
seen any of it. Every try made or skipped is recorded with its reason.
"""

import asyncio
from collections import deque

import msgspec

from lakehouse.gateway import verdict
from lakehouse.gateway.breakers import Breakers
from lakehouse.gateway.call import CallInFlight
from lakehouse.gateway.exhausted import Told, exhausted
from lakehouse.gateway.handing import Handing
from lakehouse.gateway.knowledge.context import Context, NotCleared
from lakehouse.gateway.plan import Plan, Skip, Try
from lakehouse.gateway.route import Rung
from lakehouse.gateway.ruled_prompt import redacted
from profiles.ladder.policy import Ending
from profiles.parameters import as_overrides
from providers import adapters, images, secrets
from providers.adapters.base import Adapter
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, Failure, ProviderError, failure
from providers.events import Event, Fail, Finish
from providers.exchange import exchange, is_content
from providers.messages import Request


class Climb:
    """One call's way along its tries. `begin` gives the next answer's first events."""

    def __init__(
        self,
        call: CallInFlight,
        plan: Plan,
        request: Request,
        context: Context | None,
        *,
        strict: bool,
    ) -> None:
        self.context = context
        self.handing: Handing | None = None
        self._call = call
        self._plan = plan
        self._request = request
        self._strict = strict
        self._left = deque(plan.tries)
        self._now: Try = plan.tries[0]
        self._told: list[Told] = []
        self._kept_headers = dict(call.headers)
        self._begun = False
        self._deadline: float | None = None
        if plan.ladder is not None:
            self._deadline = asyncio.get_running_loop().time() + plan.ladder.deadline_secs

    @property
    def model(self) -> str:
        """The model of the try that is being made."""
        return self._now.model

    @property
    def headers(self) -> dict[str, str]:
        """What a client can be told now: not yet who answers, while that may still change."""
        return self._call.headers if self._begun or not self._left else self._kept_headers

    async def begin(self) -> list[Event]:
        """The events up to and including the first content, or to the end of an empty answer.

        Raises ProviderError, or ApiError where several tries must be told of.
        """
        while self._left:
            self._now = self._left.popleft()
            if skip := self._why_skipped():
                self._skip(skip)
                continue
            try:
                events = await self._within_share()
            except NotCleared as error:
                self._skip(Skip("clearance", str(error)))
                continue
            except ProviderError as error:
                failed = error.failure
                self._told.append(Told(self._now, failed.kind.value, failed.message, failed))
                if self._left and self._now.leads_on(error.failure):
                    continue
                raise exhausted(self._told, self._call.headers) from error
            if (ending := self._empty_ending(events)) and self.leads_on_from(ending):
                await self._read_out(events)
                await self.give_up(ending)
                continue
            self._begun = True
            return events
        raise exhausted(self._told, self._call.headers)

    def leads_on_from(self, ending: Ending) -> bool:
        return bool(self._left) and self._now.leads_on_from(ending)

    def again(self) -> None:
        """`begin` asks the present provider once more before any other."""
        self._left.appendleft(self._now)

    async def give_up(self, ending: Ending, why: str = "") -> None:
        """Ends the present try because of how it answered; `begin` goes on with the next."""
        kind, text = f"{ending}_answer", (why or verdict.WORDS[ending])[:2000]
        self._told.append(Told(self._now, kind, text))
        await self._call.end_attempt("failed", error=kind, message=text)

    # --- one try ---

    def _skip(self, skip: Skip) -> None:
        self._told.append(Told(self._now, skip.reason, skip.detail, skip=skip))
        self._call.skip_attempt(self._now, skip)

    def _why_skipped(self) -> Skip | None:
        """Only where there is something else to try: a lone try is always made."""
        if self._now.barred is not None or len(self._plan.tries) == 1:
            return self._now.barred
        if self._deadline is not None and asyncio.get_running_loop().time() >= self._deadline:
            return Skip("deadline", "The ladder's deadline had passed.")
        return not_now(self._call.services.breakers, self._now.endpoint)

    async def _within_share(self) -> list[Event]:
        """The try, within half of what the ladder's deadline leaves; the last gets all of it."""
        if self._deadline is None:
            return await self._try()
        left = self._deadline - asyncio.get_running_loop().time()
        share = left / 2 if any(attempt.barred is None for attempt in self._left) else left
        try:
            async with asyncio.timeout(share):
                return await self._try()
        except TimeoutError:
            assert self._plan.ladder is not None
            name, ladder = self._now.endpoint.name, self._plan.ladder.name
            text = (
                f"{name} did not begin its answer within {share:.3g} s, its share of the deadline "
                f"of the ladder {ladder}. Raise that deadline."
            )
            late = failure(ErrorKind.TIMEOUT, text)
            await self._call.end_attempt("failed", late, of_ours=True)
            raise ProviderError(late) from None

    async def _try(self) -> list[Event]:
        """Tries once more, at the same provider, without what it refused with a 4xx, where its
        adapter knows how."""
        call, now = self._call, self._now
        call.request = None  # what an earlier try was sent may have another label
        call.headers.clear()
        call.headers.update(self._kept_headers)
        adapter = adapters.get(now.endpoint.kind)
        request = as_overrides(self._request, now.parameters) if now.rung else self._request
        request = msgspec.structs.replace(request, model=now.model)
        if self.context is not None:
            request = redacted(call, await self.context.added(request, now.endpoint))
        if self.handing is not None:
            request = self.handing.onto(request, now.endpoint)
        if adapter.inline_images:
            request = await images.inlined(call.services.transport, request)
        request = call.services.states.restore(call.principal.id, request)
        rung = Rung(now.endpoint, now.model)
        call.request = request
        try:
            return await _attempt(call, rung, adapter, request, self._strict)
        except ProviderError as error:
            amended = _amended(adapter, request, error.failure)
            if amended is None:
                raise
            call.headers["x-lakehouse-amended"] = one_line(
                f"asked again without what was refused: {error.failure.message}"
            )
        return await _attempt(call, rung, adapter, amended, self._strict)

    # --- bad answers and the end ---

    def _empty_ending(self, events: list[Event]) -> Ending | None:
        """How the answer is bad, where it ended before any content."""
        if any(is_content(event) for event in events):
            return None
        finish = next((e for e in events if isinstance(e, Finish)), None)
        return verdict.of_nothing(finish.reason if finish else "")

    async def _read_out(self, events: list[Event]) -> None:
        """The rest of an answer that is not handed on, for what it cost."""
        call = self._call
        assert call.exchange is not None
        while events:
            for event in events:
                call.answer.add(event)
            events = await call.exchange.next() or []


def not_now(breakers: Breakers, endpoint: Endpoint) -> Skip | None:
    """What stands against a rung at this moment: its provider's breaker, or its secret."""
    standing = breakers.standing(endpoint.name)
    if not standing.lets_through:
        wait = f"It is tried again in {standing.secs:.0f} s."
        text = f"{endpoint.name}'s breaker is open ({standing.reason}). {wait}"
        return Skip("breaker", text, standing.secs)
    try:
        secrets.resolve(endpoint)
    except ProviderError as error:
        return Skip("secret", error.failure.message)
    return None


def _amended(adapter: Adapter, request: Request, failure: Failure) -> Request | None:
    refused = failure.status is not None and 400 <= failure.status < 500
    return adapter.amend(request, failure) if refused else None


def one_line(text: str) -> str:
    """For a header: plain ASCII, and not long."""
    return " ".join(text.encode("ascii", "replace").decode().split())[:240]


async def _attempt(
    call: CallInFlight, rung: Rung, adapter: Adapter, request: Request, strict: bool
) -> list[Event]:
    try:
        await call.begin_attempt(rung)
        secret = secrets.resolve(rung.endpoint).reveal()
        onward = call.onward(len(call.attempts))
        attempt = exchange(onward, adapter, rung.endpoint, request, secret)
        call.exchange = attempt
        _report(call, attempt.outgoing.dropped, attempt.outgoing.notes, strict)
        await attempt.open()
        return await _peek(call)
    except ProviderError as error:
        await call.end_attempt("failed", error.failure)
        raise


async def _peek(call: CallInFlight) -> list[Event]:
    assert call.exchange is not None
    seen: list[Event] = []
    while batch := await call.exchange.next():
        seen += batch
        for event in batch:
            if is_content(event) or isinstance(event, Finish):
                call.first_content()
                return seen
            if isinstance(event, Fail):
                raise ProviderError(event.failure)
    return seen


def _report(
    call: CallInFlight,
    dropped: tuple[str, ...],
    notes: tuple[tuple[str, str], ...],
    strict: bool,
) -> None:
    fields = list(dict.fromkeys(dropped))
    call.row.dropped = fields
    if fields and strict:
        text = (
            f"{call.row.provider} cannot honour {', '.join(fields)} for {call.row.model}, and "
            "strict is true. Leave them out, or leave strict out to have them dropped."
        )
        raise ProviderError(failure(ErrorKind.UNSUPPORTED, text, accepted=False, param=fields[0]))
    call.headers.update(notes)
    if fields:
        call.headers["x-lakehouse-dropped"] = ", ".join(fields)
    call.headers["x-lakehouse-provider"] = call.row.provider
    call.headers["x-lakehouse-attempts"] = str(call.row.attempts_made)
