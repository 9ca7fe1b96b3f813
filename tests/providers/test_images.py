"""Fetching image URLs: what is replaced, what is refused, within which bounds."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from providers import images
from providers.egress import AllowList
from providers.errors import ErrorKind, Failure, ProviderError
from providers.images import inlined
from providers.messages import Image, Part, Request, Text, ToolResult, Turn
from providers.transport import Transport
from tests.upstreams.base import Answer, UpstreamServer

PNG = b"\x89PNG pixels"
ALLOW = AllowList.parse("127.0.0.0/8")


@pytest.fixture
def server() -> Iterator[UpstreamServer]:
    with UpstreamServer() as made:
        yield made


def picture(data: bytes = PNG, kind: str = "image/png", **more: Any) -> Answer:
    return Answer.of(data, content_type=kind, **more)


def turn(*parts: Part) -> Request:
    return Request("m", (Turn("user", parts, "ana"),))


def filled(request: Request, allow: AllowList = ALLOW) -> Request:
    async def run() -> Request:
        transport = Transport(lambda: allow)
        try:
            return await inlined(transport, request)
        finally:
            await transport.aclose()

    return asyncio.run(run())


def refused(server: UpstreamServer, url: str = "", allow: AllowList = ALLOW) -> Failure:
    with pytest.raises(ProviderError) as raised:
        filled(turn(Image(url=url or f"{server.url}/a.png")), allow)
    failure = raised.value.failure
    assert (failure.kind, failure.param, failure.accepted) == (
        ErrorKind.BAD_REQUEST,
        "messages",
        False,
    )
    assert "Send it as a data: URL instead." in failure.message
    return failure


def test_a_url_is_replaced_by_its_content(server: UpstreamServer) -> None:
    server.next(picture(kind="Image/PNG; q=1"))
    request = turn(Text("what?"), Image(url=f"{server.url}/a.png", detail="low"))
    assert filled(request) == turn(Text("what?"), Image(mime="image/png", data=PNG, detail="low"))


def test_what_has_its_content_is_left_alone() -> None:
    request = turn(Image(mime="image/png", data=PNG), Text("what?"))
    assert filled(request) is request


def test_a_tools_result_is_looked_into(server: UpstreamServer) -> None:
    server.next(picture())
    result = ToolResult("c1", "look", (Text("here"), Image(url=f"{server.url}/a.png")))
    (found,) = filled(turn(result)).turns[0].parts
    assert found == ToolResult("c1", "look", (Text("here"), Image(mime="image/png", data=PNG)))


def test_different_urls_are_fetched_at_once(server: UpstreamServer) -> None:
    server.next(*[picture(delay=0.1)] * 8)

    async def run() -> float:
        transport, loop = Transport(lambda: ALLOW), asyncio.get_running_loop()
        started = loop.time()
        await inlined(transport, turn(*(Image(url=f"{server.url}/{n}") for n in range(8))))
        await transport.aclose()
        return loop.time() - started

    assert asyncio.run(run()) < 0.5


def test_a_picture_too_large_is_given_up_while_it_comes(
    server: UpstreamServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "MAX_BYTES", 1000)
    server.next(picture(framing="chunked", data=b"x" * 100_000, slice=500, pause=0.01))
    assert "larger than 1000 bytes" in refused(server).message
    server.wait_for(lambda: server.last.left_at)


def test_pictures_too_large_together_are_given_up(
    server: UpstreamServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "MAX_TOTAL", 1500)
    server.next(*[picture(b"x" * 1000)] * 2)
    with pytest.raises(ProviderError, match="together are larger than 1500 bytes"):
        filled(turn(*(Image(url=f"{server.url}/{n}") for n in range(2))))


def test_too_many_are_refused_before_any_is_fetched(
    server: UpstreamServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "MAX_IMAGES", 2)
    with pytest.raises(ProviderError, match="one of 3, 2 are fetched"):
        filled(turn(*(Image(url=f"{server.url}/{n}") for n in range(3))))
    assert server.ledger == []


def test_a_picture_that_does_not_come_is_given_up(
    server: UpstreamServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "TOTAL_SECS", 0.1)
    server.next(picture(delay=5))
    assert "did not arrive within 0.1 s" in refused(server).message


@pytest.mark.parametrize("status", [201, 301, 302, 403, 500])
def test_every_status_but_200_is_refused(server: UpstreamServer, status: int) -> None:
    server.next(picture(status=status, headers={"location": f"{server.url}/b.png"}))
    assert f"its server answered {status}" in refused(server).message
    assert len(server.ledger) == 1


@pytest.mark.parametrize("kind", ["text/html", "application/json", "imagery/x", ""])
def test_what_its_server_calls_no_image_is_refused(server: UpstreamServer, kind: str) -> None:
    server.next(picture(kind=kind))
    assert "not an image" in refused(server).message


@pytest.mark.parametrize("url", ["http://", "http://[::1", "http://h:99999/", "http://a\x00b/"])
def test_a_url_that_is_none_is_refused(server: UpstreamServer, url: str) -> None:
    refused(server, url)


def test_a_private_address_is_refused_and_not_told(server: UpstreamServer) -> None:
    failure = refused(server, f"http://localhost:{server.port}/a.png", AllowList())
    assert "127.0.0.1" not in failure.message
    assert server.ledger == []


def test_an_address_of_the_registry_is_none_of_a_clients(server: UpstreamServer) -> None:
    refused(server, allow=AllowList(origins=frozenset({(server.host, server.port)})))
    assert server.ledger == []


def test_a_long_url_is_not_repeated_whole(server: UpstreamServer) -> None:
    server.next(picture(status=404))
    assert len(refused(server, f"{server.url}/{'x' * 5000}").message) < 400
