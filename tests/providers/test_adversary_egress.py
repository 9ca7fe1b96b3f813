"""Ways round the egress guard, each of which must be shut."""

import asyncio

import httpx
import pytest

from providers.egress import AllowList, Door, permitted
from providers.errors import ErrorKind, ProviderError
from providers.images import inlined
from providers.messages import Image, Request, Turn
from providers.transport import Body, Transport
from tests.conversation import allow, ask, converse, endpoint_for, failure_of
from tests.upstreams.base import Answer, UpstreamServer

LOCAL = [
    "127.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "169.254.169.254",
    "100.64.0.1",
    "168.63.129.16",
    "192.88.99.1",
    "224.0.0.1",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "3fff::1",
    "5f00::1",
]
SPELLED = [
    "127.0.0.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "localhost",
    "localhost.",
]


@pytest.mark.parametrize("address", LOCAL)
def test_no_address_of_ours_is_public(address: str) -> None:
    assert not permitted(address, Door(AllowList, ("x", 80)))


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111"])
def test_a_public_address_is_permitted(address: str) -> None:
    assert permitted(address, Door(AllowList, ("x", 80)))


@pytest.mark.parametrize("host", SPELLED)
def test_no_spelling_of_loopback_lets_a_clients_url_through(host: str) -> None:
    with UpstreamServer() as server:
        refused = asyncio.run(_images(server, f"http://{host}:{server.port}/x.png"))
    assert refused == [ErrorKind.BAD_REQUEST]
    assert not server.ledger


def test_a_clients_url_does_not_ride_on_a_providers_kept_connection() -> None:
    with UpstreamServer() as server:
        server.next(Answer.of({}))
        refused = asyncio.run(_after_a_call(server))
    assert refused == [ErrorKind.BAD_REQUEST]
    assert [asked.path for asked in server.ledger] == ["/v1/chat"]


def test_a_client_is_not_told_which_address_a_name_has_inside() -> None:
    with pytest.raises(ProviderError) as caught:
        asyncio.run(_unallowed("http://localhost:9/x.png"))
    assert "not on the public internet" in caught.value.failure.message
    assert "127.0.0.1" not in caught.value.failure.message
    assert "::1" not in caught.value.failure.message


@pytest.mark.parametrize(
    "url", ["http://no-such-host.invalid/x", "http:///x", "http://127.0.0.1.:9/"]
)
def test_a_client_hears_nothing_of_base_urls(url: str) -> None:
    with pytest.raises(ProviderError) as caught:
        asyncio.run(_unallowed(url))
    assert "base URL" not in caught.value.failure.message
    assert ".." not in caught.value.failure.message


def test_a_header_that_cannot_be_sent_is_the_providers_fault_and_no_crash() -> None:
    with UpstreamServer() as server:
        broken = endpoint_for("openai_compatible", server, headers=(("x-a", "日本"),))
        refused = failure_of(converse(broken, ask(), server))
    assert (refused.kind, refused.retryable, refused.accepted) == (
        ErrorKind.UNREACHABLE,
        False,
        False,
    )
    assert "Check its base URL, headers and user agent" in refused.message


def test_a_header_with_a_line_break_is_not_sent() -> None:
    with UpstreamServer() as server:
        broken = endpoint_for("openai_compatible", server, user_agent="a\r\nx-evil: 1")
        refused = failure_of(converse(broken, ask(), server))
        assert server.ledger == []
    assert (refused.kind, refused.retryable) == (ErrorKind.UNREACHABLE, False)


def test_one_image_that_cannot_be_had_ends_the_others() -> None:
    with UpstreamServer() as server:
        server.next(Answer.of({}, delay=5), Answer.of({}, status=404, delay=0.05))
        asyncio.run(_one_slow_one_bad(server))


async def _one_slow_one_bad(server: UpstreamServer) -> None:
    async with Transport(lambda: AllowList.parse("127.0.0.1/32")) as transport:
        with pytest.raises(ProviderError, match="answered 404"):
            await _inlined(transport, f"{server.url}/1.png", f"{server.url}/2.png")
        # Before the transport closes, which would end every request.
        await asyncio.to_thread(server.wait_for, lambda: server.ledger[0].left_at, 1)


async def _unallowed(url: str) -> None:
    async with Transport() as transport:
        await _inlined(transport, url)


async def _after_a_call(server: UpstreamServer) -> list[ErrorKind]:
    async with Transport(lambda: allow(server)) as transport:
        answer = await transport.handle_async_request(
            httpx.Request("POST", f"{server.url}/v1/chat", content=b"{}")
        )
        assert isinstance(answer.stream, Body)
        await answer.aread()
        await answer.stream.aclose()
        return await _refused(transport, f"{server.url}/x.png")


async def _images(server: UpstreamServer, url: str) -> list[ErrorKind]:
    async with Transport(lambda: allow(server)) as transport:
        return await _refused(transport, url)


async def _refused(transport: Transport, url: str) -> list[ErrorKind]:
    try:
        await _inlined(transport, url)
    except ProviderError as error:
        return [error.failure.kind]
    return []


async def _inlined(transport: Transport, *urls: str) -> None:
    parts = tuple(Image(url=url) for url in urls)
    await inlined(transport, Request(model="m", turns=(Turn("user", parts),)))
