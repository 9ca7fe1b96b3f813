"""One call in flight: its record, its tries, and its end, which happens exactly once."""

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any

from lakehouse.gateway import live, traceparent
from lakehouse.gateway.dialect.answer import Answer
from lakehouse.gateway.knowledge.companions import Companions
from lakehouse.gateway.limits import tokens
from lakehouse.gateway.live import Principal
from lakehouse.gateway.plan import Plan, Skip, Try
from lakehouse.gateway.recorder import AttemptRow, Bill, CallRow, Finished, Measures, now
from lakehouse.gateway.route import Rung
from lakehouse.gateway.seen import Seen
from lakehouse.gateway.services import Services
from lakehouse.gateway.traceparent import Trace
from providers.errors import Failure
from providers.exchange import Exchange
from providers.messages import Request, Usage
from providers.redact import redact
from providers.transport import Transport

CLIENT_GONE = 499
MOST_TOKENS = 2**31 - 1
TOKENS = (
    "input_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
)


class CallInFlight:
    def __init__(
        self,
        services: Services,
        principal: Principal,
        operation: str,
        call_id: uuid.UUID,
        *,
        model_asked: str = "",
        stream: bool = False,
        trace: Trace | None = None,
    ) -> None:
        self.services = services
        self.principal = principal
        self.id = call_id
        self.answer = Answer()
        self.headers: dict[str, str] = {}
        self.exchange: Exchange | None = None
        self.observer = live.current().profiles.live_observer
        self.request: Request | None = None
        self.trace = trace or Trace(call_id.hex)
        self.shutting_down = False
        self.closed = False
        self.started = time.perf_counter()
        self.row = CallRow(
            id=call_id,
            operation=operation,
            api_key_id=principal.id or None,
            instance=services.recorder.instance,
            started_at=now(),
            stream=stream,
            model_asked=model_asked[:300],
            trace_id=self.trace.id,
        )
        self.attempts: list[AttemptRow] = []
        self.bills: list[Bill] = []
        self._attempt_started = 0.0
        self._give_back: Callable[[], None] | None = None
        services.recorder.began(self.row)
        self._task = asyncio.current_task()
        services.drain.enter(self, self._stop_for_shutdown)

    def follows(self, plan: Plan, beside: Companions) -> None:
        """Records what the call goes by, and tells the client."""
        if plan.profile is not None:
            self.row.profile = plan.profile.name
            self.row.revisions = {"execution": str(plan.profile)}
            self.headers["x-lakehouse-profile"] = str(plan.profile)
        if beside.observer is not None:
            self.observer = beside.observer
        if revisions := beside.revisions:
            self.row.revisions = self.row.revisions | revisions
            self.headers |= {f"x-lakehouse-{kind}": name for kind, name in revisions.items()}
        if plan.ladder is not None:
            self.row.ladder = plan.ladder.name

    @property
    def text_is_forwarded(self) -> bool:
        """Known at a stream's beginning, when its text begins to be kept."""
        return self.observer.forwards_content(self.row.label)

    def onward(self, attempt: int = 0) -> Transport:
        """The transport for what this call, or its try with this number, asks of providers."""
        span = traceparent.span_of(self.id, attempt)
        headers = traceparent.onward(self.trace, span, sampled=self.observer.langfuse)
        return self.services.transport.adding(headers)

    # --- tries ---

    async def begin_attempt(self, rung: Rung) -> None:
        """Waits for the provider's slot and opens the try's record. Raises ProviderError(busy)."""
        endpoint = rung.endpoint
        self.row.provider, self.row.model = endpoint.name, rung.model[:300]
        self.row.attempts_made += 1
        self.row.first_token_ms = None
        self.answer = Answer()
        self.attempts.append(self._attempt_row(endpoint.name, rung.model))
        self.bills.append(Bill(endpoint.base_url))
        self._attempt_started = time.perf_counter()
        self.services.breakers.begin(endpoint.name)
        self._give_back = await self.services.slots.take(endpoint)
        if endpoint.max_concurrency:
            self.attempts[-1].queue_ms = self.row.queue_ms = _ms_since(self._attempt_started)

    def skip_attempt(self, attempt: Try, skip: Skip) -> None:
        """Records a try that is not made, and why."""
        row = self._attempt_row(attempt.endpoint.name, attempt.model)
        row.outcome, row.accepted = "skipped", False
        row.error_kind, row.error_message = skip.reason, skip.detail[:2000]
        self.attempts.append(row)
        self.bills.append(Bill())

    def _attempt_row(self, provider: str, model: str) -> AttemptRow:
        return AttemptRow(
            call_id=self.id,
            number=len(self.attempts) + 1,
            provider=provider,
            model=model[:300],
            started_at=now(),
        )

    def first_content(self) -> None:
        if self.row.first_token_ms is None:
            self.row.first_token_ms = _ms_since(self.started)
            self.attempts[-1].first_token_ms = _ms_since(self._attempt_started)

    async def end_attempt(
        self,
        outcome: str,
        failure: Failure | None = None,
        *,
        error: str = "",
        message: str = "",
        of_ours: bool = False,
    ) -> None:
        """Closes the upstream and the try's record; does nothing when there is none open.

        `error` and `message` say what was wrong with an answer that came; `of_ours`, that a
        limit of ours ended it, which is no news of the provider.
        """
        exchange, self.exchange = self.exchange, None
        give_back, self._give_back = self._give_back, None
        try:
            if self.attempts and self.attempts[-1].outcome == "running":
                row = self.attempts[-1]
                row.error_kind, row.error_message = error, message
                self._close_attempt(row, outcome, failure, exchange)
                heard = outcome == "complete" or bool(error)
                news = None if of_ours else failure
                self.services.breakers.ended(row.provider, news, heard=heard)
            if exchange is not None:
                await exchange.aclose()
        finally:
            if give_back is not None:
                give_back()

    def _close_attempt(
        self, row: AttemptRow, outcome: str, failure: Failure | None, exchange: Exchange | None
    ) -> None:
        row.outcome = outcome
        row.total_ms = _ms_since(self._attempt_started)
        sent = None if exchange is None else self.request
        _count(row, tokens.used(self.answer, sent, outcome))
        self.bills[-1].native = self.answer.usage.native
        if exchange is not None:
            row.status = exchange.status
            row.upstream_id = _upstream_id(exchange, self.answer)
        if failure is not None:
            row.error_kind = failure.kind.value
            row.error_message = failure.message[:2000]
            row.accepted = failure.accepted
            row.status = failure.status or row.status

    # --- the end ---

    async def end(
        self,
        outcome: str,
        status: int,
        *,
        failure: Failure | None = None,
        error: str = "",
        message: str = "",
    ) -> None:
        """Closes everything and hands the record over; every call after the first does nothing."""
        if self.closed:
            return
        self.closed = True
        row = self.row
        row.outcome, row.status, row.finished_at = outcome, status, now()
        row.total_ms = _ms_since(self.started)
        row.finish_reason = self.answer.finish_reason
        row.error_kind = failure.kind.value if failure else error
        row.error_message = (failure.message if failure else message)[:2000]
        try:
            await self.end_attempt(outcome, failure)
        finally:
            _add_up(row, self.attempts)
            self.services.drain.leave(self)
            self.services.seen(
                Seen(
                    Finished(row, self.attempts, self.bills),
                    self.principal,
                    self.observer,
                    self.request,
                    self.answer,
                    self.trace.given,
                )
            )

    def keep_content(self, request_body: Any, answer_text: str | None) -> None:
        """Only where a setting says that prompts and answers are stored."""
        self.row.request_body, self.row.answer_text = request_body, answer_text

    def _stop_for_shutdown(self) -> None:
        self.shutting_down = True
        if self._task is not None:
            self._task.cancel()

    def swallow_cancel(self) -> None:
        """After a cancel of our own making: the task goes on, to say why."""
        if self._task is not None:
            self._task.uncancel()


def _ms_since(start: float) -> float:
    return round((time.perf_counter() - start) * 1000, 3)


def _count(row: Measures, usage: Usage) -> None:
    row.input_tokens = _tokens(usage.input)
    row.cached_tokens = _tokens(usage.cached_read)
    row.cache_write_tokens = _tokens(usage.cache_write)
    row.output_tokens = _tokens(usage.output)
    row.reasoning_tokens = _tokens(usage.reasoning)


def _add_up(row: CallRow, attempts: list[AttemptRow]) -> None:
    """A call's tokens are those of all its tries: each of them is billed."""
    for name in TOKENS:
        setattr(row, name, _tokens(sum(getattr(attempt, name) for attempt in attempts)))


def _tokens(told: int) -> int:
    """What the column can hold of what an upstream told."""
    return min(max(told, 0), MOST_TOKENS)


def _upstream_id(exchange: Exchange, answer: Answer) -> str:
    for name in ("x-request-id", "request-id", "x-generation-id", "x-trace-id"):
        if value := exchange.headers.get(name):
            return _plain(value)
    return _plain(answer.id)


def _plain(told: str) -> str:
    """An upstream's own id in one line; it may be a key that it was sent."""
    return "".join(c for c in redact(told[:1000]) if c.isprintable())[:200]
