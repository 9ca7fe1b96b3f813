"""A client's stream: an iterator with `aclose`, so that whoever stops reading ends the call."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Self

from lakehouse import errors
from lakehouse.errors import ApiError
from lakehouse.gateway.call import CLIENT_GONE, CallInFlight
from lakehouse.gateway.dialect.chunks import PING, ChunkWriter
from lakehouse.gateway.knowledge.context import Context
from providers.errors import Failure, ProviderError
from providers.events import End, Event, Fail, Finish, TextDelta

logger = logging.getLogger(__name__)


# What is said of the whole answer once its first choice is finished.
Judge = Callable[[], Awaitable[dict[str, Any]]]


class ChatStream:
    """Bytes of server-sent events, each item at least one whole event.

    `opening` is the climb, done or not: while it runs, and in later silence, a
    comment goes out every `ping_secs` so that nothing between us and the client
    takes the connection for dead.
    """

    def __init__(
        self,
        call: CallInFlight,
        opening: "asyncio.Task[list[Event]]",
        writer: ChunkWriter,
        context: Context | None,
        *,
        ping_secs: float,
        keep_text: bool,
        judge: Judge | None = None,
    ) -> None:
        self._call = call
        self._opening: asyncio.Task[list[Event]] | None = opening
        self._writer = writer
        self._context = context
        self._ping_secs = ping_secs
        self._store_text = keep_text
        self._judge = judge
        in_session = context is not None and context.in_session
        kept = keep_text or in_session or call.text_is_forwarded
        self._keep_text = kept or judge is not None
        self._over = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        while not self._over:
            try:
                data = await self._next()
            except ProviderError as error:
                return await self._fail(errors.from_failure(error.failure), error.failure)
            except ApiError as error:
                return await self._fail(error, None)
            except asyncio.CancelledError:
                if not self._call.shutting_down:
                    raise
                self._call.swallow_cancel()
                return await self._shut_down()
            except Exception:
                logger.exception("call %s failed in its stream", self._call.id)
                return await self._fail(errors.unexpected(), None)
            if data:
                return data
        await self._complete()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Ends the call if it has not ended: the client left, or the server is going."""
        opening, self._opening = self._opening, None
        self._over = True
        try:
            if opening is not None and not opening.done():
                opening.cancel()
                await asyncio.wait({opening})
        finally:
            await self._end()

    async def _end(self) -> None:
        await self._complete()
        if self._call.shutting_down:
            await self._call.end("shutdown", 200, error=errors.shutting_down().code)
        else:
            await self._call.end("client_closed", CLIENT_GONE)

    async def _next(self) -> bytes:
        if self._opening is not None:
            opened = await self._opened(self._opening)
            return PING if opened is None else await self._encoded(opened)
        assert self._call.exchange is not None
        quiet_at = asyncio.get_running_loop().time() + self._ping_secs
        events = await self._call.exchange.next(quiet_at)
        return PING if events is None else await self._encoded(events)

    async def _opened(self, opening: "asyncio.Task[list[Event]]") -> list[Event] | None:
        done, _ = await asyncio.wait({opening}, timeout=self._ping_secs)
        if not done:
            return None
        self._opening = None
        self._writer.names(self._call.row.model)
        if self._context is not None:
            self._writer.tells(self._context.told())
        return opening.result()

    async def _encoded(self, events: list[Event]) -> bytes:
        answer = self._call.answer
        for event in events:
            if type(event) is not TextDelta or self._keep_text:
                answer.add(event)
            else:
                answer.unkept += len(event.text)
        if self._judge is not None and any(map(_finishes, events)):
            judge, self._judge = self._judge, None
            self._writer.concludes(await judge())
        data = self._writer.write(events)
        last = events[-1] if events else End()
        if isinstance(last, Fail):
            error = errors.from_failure(last.failure)
            return data + await self._fail(error, last.failure, "incomplete")
        if isinstance(last, End):
            self._over = True
            self._call.services.states.keep(self._call.principal.id, answer)
            if self._store_text:
                self._call.row.answer_text = answer.storable_text
            if self._context is not None:
                await self._context.keep(answer.turn())
            data += self._writer.end(answer.usage)
        return data

    async def _complete(self) -> None:
        """After the last bytes were handed on, so that they do not wait for our bookkeeping."""
        if self._call.answer.ended:
            await self._call.end("complete", 200)

    async def _fail(
        self, error: ApiError, failure: Failure | None, outcome: str = "failed"
    ) -> bytes:
        self._over = True
        await self._call.end(
            outcome, error.status, failure=failure, error=error.code, message=error.message
        )
        return self._writer.error(error, str(self._call.id))

    async def _shut_down(self) -> bytes:
        error = errors.shutting_down()
        opening, self._opening = self._opening, None
        if opening is not None:
            opening.cancel()
        self._over = True
        await self._call.end("shutdown", 200, error=error.code, message=error.message)
        return self._writer.error(error, str(self._call.id))


def _finishes(event: Event) -> bool:
    return isinstance(event, End) or (isinstance(event, Finish) and event.choice == 0)
