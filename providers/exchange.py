"""One try at one provider: send, watch the clock, read events until the end is proved.

Every failure after the answer began is a `Fail` event; every failure before it is a
ProviderError. Reading may be cancelled and resumed between batches.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from functools import lru_cache
from typing import Protocol

import httpx

from providers import VERSION
from providers.adapters.base import Adapter, Decoder, Local, Outgoing
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, Failure, ProviderError, failure
from providers.events import End, Event, Fail, Finish, Start, UsageReport
from providers.messages import Request
from providers.redact import redacted
from providers.transport import Body, Transport

logger = logging.getLogger(__name__)

MAX_ERROR_BODY = 256 * 1024
MAX_DOCUMENT = 16 * 1024 * 1024
MAX_STREAM = 64 * 1024 * 1024  # framing included, which is most of a stream of tokens
DRAIN_SECS = 0.1
TIMER_SECS = 0.005  # a timer may fire so much early
_NO_CONTENT = (Start, UsageReport)
_TERMINAL = (Fail, End)


class Exchange(Protocol):
    """What the line needs of a try, over the network or in process."""

    outgoing: Outgoing
    status: int | None
    headers: Mapping[str, str]

    async def open(self) -> None:
        """Sends and waits for a good status. Raises ProviderError."""

    async def next(self, until: float | None = None) -> list[Event] | None:
        """The next events, at least one; [] after `End` or `Fail`.

        None when nothing came until that event-loop time: ask again.
        """

    async def aclose(self) -> None:
        """Closes the upstream at once unless its answer is complete."""


def exchange(
    transport: Transport, adapter: Adapter, endpoint: Endpoint, request: Request, secret: str
) -> Exchange:
    """The try for this request. Raises ProviderError when the adapter refuses to build it."""
    if isinstance(adapter, Local):
        return LocalExchange(adapter, endpoint, request)
    return HttpExchange(transport, adapter, endpoint, request, secret)


class HttpExchange:
    """`request.stream` says which framing was asked for. Times are event-loop times."""

    def __init__(
        self,
        transport: Transport,
        adapter: Adapter,
        endpoint: Endpoint,
        request: Request,
        secret: str,
    ) -> None:
        self.outgoing = adapter.chat(endpoint, request)
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}
        self._transport = transport
        self._adapter = adapter
        self._endpoint = endpoint
        self._request = request
        self._secret = secret
        self._decoder: Decoder
        self._body: Body | None = None
        self._done = False
        self._eof = False
        self._content_seen = False
        self._silent_since: float | None = None
        self._size = 0
        self._streamed = request.stream or adapter.always_stream

    async def open(self) -> None:
        times = self._endpoint.timeouts
        started = asyncio.get_running_loop().time()
        self._total_at = started + times.total
        # A whole answer comes at once, after all of its tokens: only the total can limit it.
        first = times.first_token if self._streamed else times.total
        self._first_at = min(started + first, self._total_at)
        message = build(self._endpoint, self._adapter, self.outgoing, self._secret)
        try:
            async with asyncio.timeout_at(self._first_at):
                answer = await self._transport.handle_async_request(message)
        except TimeoutError:
            raise ProviderError(self._late("no answer")) from None
        self.status = answer.status_code
        self.headers = answer.headers
        assert isinstance(answer.stream, Body)
        self._body = answer.stream
        if not 200 <= answer.status_code < 300:
            raise ProviderError(redacted(await self._named(answer), self._secret))
        self._decoder = self._adapter.decoder(self._endpoint, self._request)

    async def next(self, until: float | None = None) -> list[Event] | None:
        while not self._done:
            try:
                chunk = await self._chunk(until)
                if chunk is None:
                    return None
                events = self._decoded(chunk)
            except ProviderError as error:
                events = [Fail(error.failure)]
            except TimeoutError:
                events = [Fail(self._late("silence"))]
            if not events:
                continue
            if isinstance(events[-1], Fail):
                events[-1] = Fail(redacted(events[-1].failure, self._secret))
            if not self._content_seen:
                self._content_seen = any(not isinstance(e, _NO_CONTENT) for e in events)
            if isinstance(events[-1], _TERMINAL):
                self._done = True
            return events
        return []

    async def aclose(self) -> None:
        body, self._body = self._body, None
        if body is None:
            return
        try:
            if self._done and not self._eof:
                # A stream's end was seen but not the connection's: wait a moment, to reuse it.
                async with asyncio.timeout(DRAIN_SECS):
                    while await body.read():
                        pass
        except (TimeoutError, ProviderError):
            pass
        finally:
            await body.aclose()

    async def _chunk(self, until: float | None) -> bytes | None:
        """Bytes, b"" at the end, None at `until`. Raises TimeoutError at the provider's limit."""
        assert self._body is not None
        limit = self._read_until()
        try:
            async with asyncio.timeout_at(limit if until is None else min(limit, until)):
                chunk = await self._body.read()
            self._silent_since = None
            return chunk
        except TimeoutError:
            if until is None or limit <= until:
                raise
            return None

    def _decoded(self, chunk: bytes) -> list[Event]:
        try:
            if not chunk:
                self._eof = True
                events = self._decoder.finish()
                self._done = True
                return events
            self._size += len(chunk)
            most = MAX_STREAM if self._streamed else MAX_DOCUMENT
            if self._size > most:
                text = f"{self._endpoint.name} sent an answer larger than {most} bytes."
                raise ProviderError(failure(ErrorKind.PROTOCOL, text))
            return self._decoder.feed(chunk)
        except ProviderError:
            raise
        except Exception as error:
            logger.exception("the %s adapter could not read an answer", self._adapter.kind)
            raise ProviderError(
                failure(ErrorKind.PROTOCOL, f"{self._endpoint.name} sent an unreadable answer.")
            ) from error

    def _read_until(self) -> float:
        if not self._content_seen:
            return self._first_at
        if self._silent_since is None:
            self._silent_since = asyncio.get_running_loop().time()
        return min(self._silent_since + self._endpoint.timeouts.idle, self._total_at)

    def _late(self, what: str) -> Failure:
        times = self._endpoint.timeouts
        if asyncio.get_running_loop().time() >= self._total_at - TIMER_SECS:
            limit = f"total_timeout of {times.total:g} s"
        elif self._content_seen:
            limit = f"idle_timeout of {times.idle:g} s"
        else:
            limit = f"first_token_timeout of {times.first_token:g} s"
        text = (
            f"{self._endpoint.name}: {what} within its {limit}. "
            "Raise that limit on the provider, or try again."
        )
        return failure(ErrorKind.TIMEOUT, text, status=self.status)

    async def _named(self, answer: httpx.Response) -> Failure:
        body = bytearray()
        try:
            async with asyncio.timeout(min(10.0, self._endpoint.timeouts.idle)):
                assert self._body is not None
                while len(body) < MAX_ERROR_BODY and (chunk := await self._body.read()):
                    body += chunk
                else:
                    self._eof = len(body) < MAX_ERROR_BODY
        except (TimeoutError, ProviderError):
            pass
        if 300 <= answer.status_code < 400:
            text = (
                f"{self._endpoint.name} answered with a redirect, which is never followed. "
                "Set the provider's base_url to the address it really has."
            )
            return failure(ErrorKind.PROTOCOL, text, status=answer.status_code)
        return self._adapter.failure(
            self._endpoint, answer.status_code, answer.headers, bytes(body[:MAX_ERROR_BODY])
        )


class LocalExchange:
    """A try that is answered in this process. No time limit applies: it waits for nobody."""

    def __init__(self, adapter: Local, endpoint: Endpoint, request: Request) -> None:
        self.outgoing = adapter.chat(endpoint, request)
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}
        self._events: AsyncIterator[list[Event]] = adapter.answer(endpoint, request)
        self._coming: asyncio.Future[list[Event]] | None = None

    async def open(self) -> None:
        self.status = 200

    async def next(self, until: float | None = None) -> list[Event] | None:
        # A future of its own: cancelling a generator's step would end the generator.
        if self._coming is None:
            self._coming = asyncio.ensure_future(anext(self._events, []))
        wait = None if until is None else until - asyncio.get_running_loop().time()
        await asyncio.wait({self._coming}, timeout=wait)
        if not self._coming.done():
            return None
        events, self._coming = self._coming.result(), None
        return events

    async def aclose(self) -> None:
        if self._coming is not None:
            self._coming.cancel()
            await asyncio.wait({self._coming})
        close = getattr(self._events, "aclose", None)
        if close is not None:
            await close()


def build(endpoint: Endpoint, adapter: Adapter, outgoing: Outgoing, secret: str) -> httpx.Request:
    """The httpx request: the adapter's headers, then the operator's, then the secret's.

    Raises ProviderError when the provider's row holds what cannot be sent.
    """
    headers = {
        "accept": "application/json, text/event-stream, application/x-ndjson",
        "accept-encoding": "identity",
        "user-agent": endpoint.user_agent or f"lakehouse/{VERSION}",
    }
    if outgoing.body:
        headers["content-type"] = "application/json"
    headers.update(outgoing.headers)
    headers.update(endpoint.headers)
    if secret:
        headers.update(adapter.auth_headers(secret))
    try:
        return httpx.Request(
            outgoing.method,
            _joined(endpoint.base_url, outgoing.path),
            headers=headers,
            content=outgoing.body,
            extensions={"connect": endpoint.timeouts.connect},
        )
    except (ValueError, httpx.InvalidURL):
        text = f"{endpoint.name} cannot be asked. Check its base URL, headers and user agent."
        told = failure(ErrorKind.UNREACHABLE, text, accepted=False, retryable=False)
        raise ProviderError(told) from None


@lru_cache(maxsize=1024)
def _joined(base_url: str, path: str) -> httpx.URL:
    return httpx.URL(base_url + path)


def is_content(event: Event) -> bool:
    """True for events after which no other rung may be tried."""
    return not isinstance(event, (*_NO_CONTENT, Finish, *_TERMINAL))
