"""The only place that opens a socket: HTTP/1.1 to upstreams, pooled and guarded.

httpx's types and transport interface over one tuned aiohttp session. httpx's own
pool costs several times as much per call, and `httpx-aiohttp` (measured beside this:
95 against 69 µs of CPU) reports a server that died after taking our request as a
connect timeout, which would make a paid call look safe to repeat.

No redirects, no cookies, no environment proxies, no netrc, no compression.
"""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from functools import lru_cache
from typing import Any

import aiohttp
import certifi
import httpx
import yarl
from aiohttp.abc import AbstractCookieJar

from providers.egress import AllowList, guarded_socket, open_door
from providers.errors import ErrorKind, ProviderError, failure

KEEPALIVE_SECS = 20.0
READ_BUFFER = 32 * 1024


class Body(httpx.AsyncByteStream):
    """An answer's bytes. `read` may be cancelled and called again without loss."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def read(self) -> bytes:
        """The bytes that have arrived, at least one; b"" at the end.

        Raises ProviderError(protocol) when the connection breaks inside the body.
        """
        try:
            return await self._answer.content.readany()
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as error:
            raise ProviderError(
                failure(
                    ErrorKind.PROTOCOL,
                    f"The connection to {self._answer.url.host} broke before the answer was "
                    f"complete ({type(error).__name__}).",
                )
            ) from error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await self.read():
            yield chunk

    async def aclose(self) -> None:
        """Gives a finished connection back to the pool; an unfinished one is closed at once."""
        self._answer.release()


class Transport(httpx.AsyncBaseTransport):
    """One per process and event loop.

    Request extensions: `connect` (seconds for DNS, TCP and TLS together) and
    `named_by_client` (True for a URL that came in a request).
    """

    def __init__(self, allow: Callable[[], AllowList] = AllowList) -> None:
        self._allow = allow
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._added: tuple[tuple[str, str], ...] = ()

    def adding(self, headers: tuple[tuple[str, str], ...]) -> "Transport":
        """Over the same connections; each request gets those of these headers that it lacks."""
        made = Transport(self._allow)
        made._sessions, made._added = self._sessions, headers
        return made

    def add_to(self, request: httpx.Request) -> None:
        for name, value in self._added:
            request.headers.setdefault(name, value)

    def _session(self, named_by_client: bool) -> aiohttp.ClientSession:
        """A client's URL gets a new connection: a kept one would go round the egress guard."""
        if named_by_client not in self._sessions:
            self._sessions[named_by_client] = _new_session(keep=not named_by_client)
        return self._sessions[named_by_client]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises ProviderError: unreachable or egress (nothing was sent), or protocol."""
        url = _url(str(request.url))
        by_client = bool(request.extensions.get("named_by_client"))
        self.add_to(request)
        door = open_door(self._allow, url.host or "", url.port or 0, named_by_client=by_client)
        try:
            answer = await self._session(by_client).request(
                request.method,
                url,
                headers=_headers(request.headers),
                data=request.content or None,
                allow_redirects=False,
                timeout=_timeout(request.extensions.get("connect", 5.0)),
            )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            if door.refused:
                raise _refused(url, door.refused) from error
            raise _translated(url, error) from error
        if answer.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
            answer.close()
            raise ProviderError(
                failure(
                    ErrorKind.PROTOCOL,
                    f"{url.host} compressed its answer although it was asked not to.",
                    status=answer.status,
                )
            )
        return httpx.Response(
            answer.status, headers=answer.raw_headers, stream=Body(answer), request=request
        )

    async def aclose(self) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()


def _new_session(*, keep: bool) -> aiohttp.ClientSession:
    kept: dict[str, Any] = {"keepalive_timeout": KEEPALIVE_SECS} if keep else {"force_close": True}
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=_tls(), socket_factory=guarded_socket, **kept),
        cookie_jar=_no_cookies(),
        auto_decompress=False,
        trust_env=False,
        read_bufsize=READ_BUFFER,
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        timeout=aiohttp.ClientTimeout(),
    )


def _headers(headers: httpx.Headers) -> Mapping[str, str]:
    return {name: value for name, value in headers.items() if name != "content-length"}


def _translated(url: yarl.URL, error: Exception) -> ProviderError:
    """aiohttp's exceptions before the answer's headers, as ours.

    Only what failed while connecting is certain not to have been accepted.
    """
    where = f"{url.scheme}://{url.host}:{url.port}"
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        timed_out = isinstance(error, aiohttp.ConnectionTimeoutError)
        reason = "no connection in time" if timed_out else _reason(error)
        text = f"Cannot connect to {where} ({reason}). Is the server up and the base URL right?"
        return ProviderError(failure(ErrorKind.UNREACHABLE, text, accepted=False))
    if isinstance(error, aiohttp.InvalidURL | ValueError):
        text = f"{where} cannot be asked: {type(error).__name__}. Check the provider's base URL."
        return ProviderError(failure(ErrorKind.UNREACHABLE, text, accepted=False, retryable=False))
    text = f"{where} closed the connection before answering ({type(error).__name__})."
    return ProviderError(failure(ErrorKind.PROTOCOL, text, failover=True))


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"its TLS certificate was not accepted: {error.certificate_error}"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name does not resolve"
    number = getattr(getattr(error, "os_error", None), "errno", None)
    return os.strerror(number).lower() if number else type(error).__name__


def _refused(url: yarl.URL, address: str) -> ProviderError:
    text = (
        f"Connecting to {url.host}:{url.port} is refused: {address} is not a public address. "
        "If this server is yours, name it in config/providers.toml or in LAKEHOUSE_EGRESS_ALLOW."
    )
    return ProviderError(failure(ErrorKind.EGRESS, text, accepted=False))


@lru_cache(maxsize=512)
def _url(text: str) -> yarl.URL:
    return yarl.URL(text, encoded=True)


@lru_cache(maxsize=64)
def _timeout(connect: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, connect=connect)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """The machine's certificates, and those that ship with httpx where there are none.

    Read once: it takes 30 ms, in which no other call of the process moves.
    """
    context = ssl.create_default_context()
    if not context.get_ca_certs() and not ssl.get_default_verify_paths().cafile:
        context.load_verify_locations(certifi.where())
    return context


def _no_cookies() -> AbstractCookieJar:
    return aiohttp.DummyCookieJar()
