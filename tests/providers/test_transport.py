"""The transport on real sockets: what it sends, what it refuses, when connections live and die."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import aiohttp
import httpx
import pytest

from providers.egress import AllowList
from providers.errors import ErrorKind, Failure, ProviderError
from providers.transport import Body, Transport, _translated, _url
from tests.conversation import allow
from tests.upstreams.base import Answer, UpstreamServer

T = TypeVar("T")
OK = Answer.of({"ok": True})


@pytest.fixture
def server() -> Iterator[UpstreamServer]:
    with UpstreamServer() as made:
        yield made


def post(url: str, content: bytes = b"{}", **extensions: Any) -> httpx.Request:
    return httpx.Request("POST", url, content=content, extensions={"connect": 1.0, **extensions})


def over(allowed: AllowList, work: Callable[[Transport], Awaitable[T]]) -> T:
    async def run() -> T:
        transport = Transport(lambda: allowed)
        try:
            return await work(transport)
        finally:
            await transport.aclose()

    return asyncio.run(run())


async def read(transport: Transport, message: httpx.Request) -> bytes:
    answer = await transport.handle_async_request(message)
    assert isinstance(answer.stream, Body)
    try:
        return b"".join([piece async for piece in answer.stream])
    finally:
        await answer.stream.aclose()


def asked(server: UpstreamServer, message: httpx.Request) -> bytes:
    return over(allow(server), lambda transport: read(transport, message))


def refused(allowed: AllowList, message: httpx.Request) -> Failure:
    with pytest.raises(ProviderError) as raised:
        over(allowed, lambda transport: read(transport, message))
    return raised.value.failure


# --- what goes out ---


def test_only_the_headers_that_were_given_are_sent(server: UpstreamServer) -> None:
    server.next(OK)
    message = httpx.Request("POST", server.url, headers={"x-mine": "1"}, content=b"{}")
    asked(server, message)
    by_httpx = {"host", "content-length"}
    assert set(server.last.headers) == by_httpx | {"x-mine"}
    assert server.last.body == b"{}"


def test_a_path_is_sent_as_it_is_written(server: UpstreamServer) -> None:
    server.next(OK)
    asked(server, post(f"{server.url}/v1beta/models/a%2Fb:generate?alt=sse&x=%20"))
    assert server.last.path == "/v1beta/models/a%2Fb:generate?alt=sse&x=%20"


def test_a_get_has_no_body(server: UpstreamServer) -> None:
    server.next(OK)
    asked(server, httpx.Request("GET", f"{server.url}/models"))
    assert (server.last.method, server.last.body) == ("GET", b"")


def test_cookies_are_not_kept(server: UpstreamServer) -> None:
    server.next(Answer.of({}, headers={"set-cookie": "id=1"}), OK)

    async def twice(transport: Transport) -> None:
        await read(transport, post(server.url))
        await read(transport, post(server.url))

    over(allow(server), twice)
    assert "cookie" not in server.last.headers


def test_proxies_and_netrc_of_the_environment_do_not_apply(
    server: UpstreamServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {server.host} login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.next(OK)
    assert asked(server, post(server.url)) == b'{"ok": true}'
    assert "authorization" not in server.last.headers


# --- what comes back ---


def test_status_and_headers_are_passed_on(server: UpstreamServer) -> None:
    server.next(Answer.of({}, status=418, headers={"X-Request-Id": "r1", "retry-after": "3"}))

    async def run(transport: Transport) -> httpx.Response:
        answer = await transport.handle_async_request(post(server.url))
        await answer.aclose()
        return answer

    answer = over(allow(server), run)
    assert (answer.status_code, answer.headers["x-request-id"]) == (418, "r1")


def test_a_redirect_is_an_answer_like_any_other(server: UpstreamServer) -> None:
    server.next(Answer.of(b"", status=302, headers={"location": f"{server.url}/other"}))
    asked(server, post(server.url))
    assert len(server.ledger) == 1


def test_a_compressed_answer_is_refused_and_its_connection_closed(server: UpstreamServer) -> None:
    server.next(Answer.stream([b"x" * 1000] * 1000, headers={"content-encoding": "br"}, pause=0.01))
    found = refused(allow(server), post(server.url))
    assert (found.kind, found.status) == (ErrorKind.PROTOCOL, 200)
    assert "compressed its answer although it was asked not to" in found.message
    server.wait_for(lambda: server.last.left_at)


def test_reading_goes_on_after_it_was_given_up(server: UpstreamServer) -> None:
    server.next(Answer.stream([b"one", b"two", b"three"], pause=0.05))

    async def run(transport: Transport) -> bytes:
        answer = await transport.handle_async_request(post(server.url))
        assert isinstance(answer.stream, Body)
        data, patience = b"", 0.005
        while True:
            try:
                async with asyncio.timeout(patience):
                    piece = await answer.stream.read()
            except TimeoutError:
                continue
            if not piece:
                await answer.stream.aclose()
                return data
            data += piece

    assert over(allow(server), run) == b"onetwothree"


def test_a_connection_that_breaks_inside_an_answer_is_named(server: UpstreamServer) -> None:
    server.next(Answer.of(b"x" * 100, cut=50))
    found = refused(allow(server), post(server.url))
    assert found.kind is ErrorKind.PROTOCOL
    assert f"The connection to {server.host} broke before the answer was complete" in found.message


# --- connections ---


async def hold(transport: Transport, url: str) -> Body:
    """Opens an answer and reads its first bytes."""
    answer = await transport.handle_async_request(post(url))
    assert isinstance(answer.stream, Body)
    await answer.stream.read()
    return answer.stream


def test_a_finished_connection_is_used_again(server: UpstreamServer) -> None:
    server.next(OK, OK, OK)

    async def thrice(transport: Transport) -> None:
        for _ in range(3):
            await read(transport, post(server.url))

    over(allow(server), thrice)
    assert {one.connection for one in server.ledger} == {1}


def test_an_unfinished_connection_is_closed_at_once(server: UpstreamServer) -> None:
    server.next(Answer.stream([b"x"], stall_after=1))

    async def run(transport: Transport) -> float:
        body = await hold(transport, server.url)
        await body.aclose()
        return await asyncio.to_thread(server.wait_for, lambda: server.last.left_at)

    assert over(allow(server), run) < 0.25


def test_connections_are_not_limited_in_number(server: UpstreamServer) -> None:
    server.next(*[Answer.stream([b"x"], stall_after=1)] * 150)

    async def run(transport: Transport) -> int:
        held = await asyncio.gather(*(hold(transport, server.url) for _ in range(150)))
        for body in held:
            await body.aclose()
        return len(held)

    assert over(allow(server), run) == 150


def test_after_closing_it_can_be_used_again(server: UpstreamServer) -> None:
    server.next(OK, OK)

    async def run(transport: Transport) -> bytes:
        await read(transport, post(server.url))
        await transport.aclose()
        return await read(transport, post(server.url))

    assert over(allow(server), run) == b'{"ok": true}'


# --- refusals ---


def test_an_address_that_is_not_allowed_is_never_connected_to(server: UpstreamServer) -> None:
    found = refused(AllowList(), post(server.url))
    assert (found.kind, found.accepted, found.retryable) == (ErrorKind.EGRESS, False, False)
    assert f"Connecting to {server.host}:{server.port} is refused" in found.message
    assert "LAKEHOUSE_EGRESS_ALLOW" in found.message
    assert server.ledger == []


def test_a_name_is_judged_by_what_it_resolves_to(server: UpstreamServer) -> None:
    found = refused(AllowList(), post(f"http://localhost:{server.port}"))
    assert found.kind is ErrorKind.EGRESS
    assert server.ledger == []


def test_what_a_client_named_gets_no_exception(server: UpstreamServer) -> None:
    found = refused(allow(server), post(server.url, named_by_client=True))
    assert found.kind is ErrorKind.EGRESS


def test_nobody_there_is_unreachable_and_not_accepted(server: UpstreamServer) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        found = refused(AllowList.parse("127.0.0.0/8"), post(f"http://127.0.0.1:{port}"))
    assert (found.kind, found.accepted, found.retryable) == (ErrorKind.UNREACHABLE, False, True)
    assert "(connection refused)" in found.message


def test_a_connection_that_is_not_taken_is_given_up_in_time() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        message = post(f"http://127.0.0.1:{address[1]}", connect=0.1)
        found = refused(AllowList.parse("127.0.0.0/8"), message)
        for one in waiting:
            one.close()
    assert (found.kind, found.accepted) == (ErrorKind.UNREACHABLE, False)
    assert "no connection in time" in found.message


def test_a_name_that_does_not_resolve_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    found = refused(AllowList(), post("http://no.such.name:80"))
    assert (found.kind, found.accepted) == (ErrorKind.UNREACHABLE, False)
    assert "its name does not resolve" in found.message


def test_a_server_that_speaks_no_tls_is_unreachable(server: UpstreamServer) -> None:
    found = refused(allow(server), post(server.url.replace("http:", "https:"), connect=0.1))
    assert (found.kind, found.accepted) == (ErrorKind.UNREACHABLE, False)


def test_a_server_that_dies_before_its_answer_may_have_accepted(server: UpstreamServer) -> None:
    server.next(Answer(raw=b""))
    found = refused(allow(server), post(server.url))
    assert (found.kind, found.accepted, found.retryable) == (ErrorKind.PROTOCOL, True, False)
    assert len(server.ledger) == 1


def test_an_answer_that_is_no_http_is_a_protocol_failure(server: UpstreamServer) -> None:
    server.next(Answer(raw=b"SSH-2.0-OpenSSH_9\r\n\r\n"))
    found = refused(allow(server), post(server.url))
    assert (found.kind, found.accepted) == (ErrorKind.PROTOCOL, True)


def test_a_url_that_cannot_be_asked_was_not_accepted() -> None:
    found = refused(AllowList(), post("http://..:80/"))
    assert found.accepted is False
    assert found.kind in (ErrorKind.BAD_REQUEST, ErrorKind.UNREACHABLE)


def test_a_certificate_that_is_not_accepted_is_named() -> None:
    key = aiohttp.client_reqrep.ConnectionKey("h", 443, True, True, None, None, None)
    cause = ssl.SSLCertVerificationError(1, "self-signed certificate")
    error = aiohttp.ClientConnectorCertificateError(key, cause)
    found = _translated(_url("https://h:443"), error).failure
    assert (found.kind, found.accepted) == (ErrorKind.UNREACHABLE, False)
    assert "TLS certificate was not accepted" in found.message
