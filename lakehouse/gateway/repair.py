"""Ask, look at the answer, send back what is wrong with it, ask again: up to so many times.

Each answer is an attempt in the ledger, with its tokens and cost. A provider is asked again
while rounds are left; then a ladder's next rung gets the answers and errors so far, as far as
its provider may see them. What stops the loop short of a valid answer (an upstream's failure,
the deadline, the key's limits) leaves the last answer, with all errors.
"""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
from django.core.exceptions import ValidationError

from lakehouse import errors
from lakehouse.errors import ApiError
from lakehouse.gateway import verdict
from lakehouse.gateway.call import CallInFlight
from lakehouse.gateway.climb import Climb, one_line
from lakehouse.gateway.dialect.answer import Answer
from lakehouse.gateway.dialect.body import ChatBody
from lakehouse.gateway.dialect.decoding import bad
from lakehouse.gateway.dialect.validating import IterateBody
from lakehouse.gateway.handing import Handing
from lakehouse.gateway.ids import new_id
from lakehouse.gateway.invalid import InvalidAnswer
from lakehouse.gateway.knowledge.prompt import Gathered
from lakehouse.gateway.plan import Plan
from lakehouse.gateway.ruling import Ruling
from lakehouse.gateway.verdict import Verdict
from lakehouse.validation.registry import Validator
from profiles.execution.validators import named
from providers.errors import ErrorKind, ProviderError, failure
from providers.events import Event, Fail
from providers.messages import Request

# For all rounds together, where no ladder says another deadline.
SECS = 120.0
_LATE = "The rounds took longer than {0:g} s together."


class Kept(msgspec.Struct, frozen=True):
    """An answer that may be the last one, and what its record and its client are told."""

    verdict: Verdict
    answer: Answer
    events: list[Event]
    headers: dict[str, str]
    provider: str
    model: str
    label: str
    gathered: Gathered | None


class Loop:
    """For one call. Without rounds: one answer, and a ladder's next where it is bad."""

    def __init__(
        self,
        call: CallInFlight,
        climb: Climb,
        plan: Plan,
        request: Request,
        body: ChatBody,
        ruled: Ruling | None = None,
    ) -> None:
        """Raises ApiError(400)."""
        self._ruled = ruled
        self.iterates = isinstance(body, IterateBody)
        self.rounds = _rounds(body)
        self._held = held(plan, request, body)
        self._call = call
        self._climb = climb
        self._secs = plan.ladder.deadline_secs if plan.ladder else SECS
        self._left = self.rounds
        self._attempts: list[dict[str, Any]] = []
        self._last: Kept | None = None
        self._stopped: dict[str, str] | None = None
        self._admitted: list[UUID] = []
        if self.rounds:
            climb.handing = Handing(call, labelled=climb.context is not None)

    @property
    def looks(self) -> bool:
        """Is the answer held to anything?"""
        return bool(self._held)

    @property
    def converged(self) -> bool:
        """Is the answer handed over? A chat's always is."""
        return not self.iterates or (self._last is not None and self._last.verdict.report.valid)

    async def answered(self) -> None:
        """Until `call.answer` is valid or nothing is left to do. Raises ProviderError, ApiError."""
        if not self.rounds:
            await self._answered()
            return
        try:
            async with asyncio.timeout(self._secs) as limit:
                await self._answered()
        except TimeoutError:
            if not limit.expired():
                raise
            late = failure(ErrorKind.TIMEOUT, _LATE.format(self._secs))
            await self._call.end_attempt("failed", late, of_ours=True)
            self._back_from(ProviderError(late), "deadline")
        finally:
            for admitted in self._admitted:
                self._call.services.limiter.release(admitted)

    async def events(self) -> list[Event]:
        """The same for a stream: the last answer's events, whole."""
        await self.answered()
        assert self._last is not None
        self._call.answer = Answer()  # the stream fills it anew
        return self._last.events

    async def judged(self) -> dict[str, Any]:
        """What is said of an answer that was streamed as it came, or after its rounds."""
        if self._last is None:
            self._keep(await self._look(), [])
        return self.told()

    def told(self) -> dict[str, Any]:
        """For the answer's `lakehouse` object; {} where it is held to nothing."""
        if self._last is None or not (self._held or self.rounds):
            return {}
        told: dict[str, Any] = {"invalid": self._last.verdict.report.shown()}
        if self.rounds:
            told["repair"] = {"attempts": self._attempts, "stopped": self._stopped}
        return told

    async def handed_over(self, document: bytes) -> bytes:
        """A chat's answer as it is; for an iteration, its report around it.

        Raises InvalidAnswer (422) where an iteration did not come to a valid answer.
        """
        if not self.iterates:
            return document
        assert self._last is not None
        report = self._last.verdict.report
        more = {
            "valid": report.valid,
            "attempts": self._attempts,
            "stopped": self._stopped,
            "answer": msgspec.Raw(document),
        }
        if report.valid:
            return msgspec.json.encode({"object": "lakehouse.iteration", **more})
        await self._call.end_attempt("failed", error="invalid_answer", message=str(report)[:2000])
        raise InvalidAnswer(len(self._attempts), report, more, self._call.headers)

    # --- the loop ---

    async def _answered(self) -> None:
        while True:
            try:
                events = await self._read()
            except (ProviderError, ApiError) as error:
                if isinstance(error, ProviderError):
                    await self._call.end_attempt("failed", error.failure)
                self._back_from(error, "failed")
                return
            found = await self._look()
            self._keep(found, events)
            if await self._may_ask_again(found):
                self._left -= 1
                self._climb.again()
            elif self._stopped or not found.ending or not self._climb.leads_on_from(found.ending):
                return
            await self._climb.give_up(found.ending or "invalid", str(found.report))
            if self._climb.handing is not None and found.report.errors:
                self._climb.handing.add(found.report)

    async def _read(self) -> list[Event]:
        """The whole of the next answer; its events where they will be wanted again."""
        call, read = self._call, []
        events = await self._climb.begin()
        while events:
            for event in events:
                call.answer.add(event)
                if isinstance(event, Fail):
                    raise ProviderError(event.failure)
            if self.rounds:
                read += events
            assert call.exchange is not None
            events = await call.exchange.next() or []
        return read

    async def _look(self) -> Verdict:
        given = self._gathered
        cited = given.citations if given is not None else None
        found = await verdict.of_whole(self._call.answer, self._held, cited)
        if self._ruled is None or not found.report.errors:
            return found
        return msgspec.structs.replace(found, report=self._ruled.quotable(found.report))

    @property
    def _gathered(self) -> Gathered | None:
        context = self._climb.context
        return None if context is None else context.now

    async def _may_ask_again(self, found: Verdict) -> bool:
        if not self._left or found.ending == "refused" or not found.report.can_be_repaired:
            return False
        principal = self._call.principal
        if principal.is_limited:
            admitted = new_id()
            try:
                await self._call.services.limiter.admit(principal, admitted, b"")
            except ApiError as error:
                self._stopped = {"why": error.code, "message": error.message}
                return False
            self._admitted.append(admitted)
        return True

    def _keep(self, found: Verdict, events: list[Event]) -> None:
        call = self._call
        row = call.row
        row.invalid = found.report.shown()
        call.headers.pop("x-lakehouse-invalid", None)
        if found.report.errors:
            call.headers["x-lakehouse-invalid"] = one_line(str(found.report))
        self._attempts.append(
            {
                "provider": row.provider,
                "model": row.model,
                "errors": row.invalid,
                "input_tokens": call.answer.usage.input,
                "output_tokens": call.answer.usage.output,
            }
        )
        self._last = Kept(
            found,
            call.answer,
            events,
            dict(call.headers),
            row.provider,
            row.model,
            row.label,
            self._gathered,
        )

    def _back_from(self, error: ProviderError | ApiError, why: str) -> None:
        """What went wrong in a later round leaves the answer before it. Raises the error where
        there is none."""
        kept, call, context = self._last, self._call, self._climb.context
        if kept is None or not self.rounds:
            raise error
        told = errors.from_failure(error.failure) if isinstance(error, ProviderError) else error
        self._stopped = {"why": why, "message": told.message}
        if context is not None and kept.gathered is not None:
            context.back_to(kept.gathered)
        call.answer, row = kept.answer, call.row
        row.provider, row.model, row.label = kept.provider, kept.model, kept.label
        attempts = call.headers.get("x-lakehouse-attempts")
        call.headers.clear()
        call.headers.update(kept.headers)
        if attempts is not None:
            call.headers["x-lakehouse-attempts"] = attempts


def held(plan: Plan, request: Request, body: ChatBody) -> tuple[Validator, ...]:
    """What the answer is held to: by profile, request and iteration. Raises ApiError(400)."""
    names = plan.profile.validators if plan.profile else ()
    if isinstance(body, IterateBody):
        try:
            more = named(body.validators)
        except ValidationError as error:
            raise bad(
                f"validators: {error.messages[0]}", "validators", "invalid_validator"
            ) from None
        given = {each.name for each in more}
        names = (*(each for each in names if each.name not in given), *more)
    found = verdict.held_to(names, request.output)
    if isinstance(body, IterateBody) and not found:
        text = "There is nothing to hold the answer to. Name validators, or a response_format."
        raise bad(text, "validators")
    return found


def _rounds(body: ChatBody) -> int:
    """How often an answer's errors are sent back at most. Raises ApiError(400)."""
    if not isinstance(body, IterateBody):
        return body.repair
    if body.stream:
        text = "An iteration is answered whole. Leave stream out, or use /v1/chat with repair."
        raise bad(text, "stream")
    if body.repair:
        raise bad("An iteration has max_iterations. Leave repair out.", "repair")
    return body.max_iterations
