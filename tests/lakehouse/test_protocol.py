"""Requests that never finish their headers, have too many, or are not HTTP, over real sockets."""

import asyncio
import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from lakehouse.server import web
from lakehouse.server.lifeline import Lifeline
from lakehouse.server.protocol import ABORT, HEADER_BYTES, Protocol

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]
Exchange = Callable[[Talk], bytes]


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        for word in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{word}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/abort":
        scope["extensions"][ABORT]["now"]()
    if scope["path"] == "/slow":
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        await asyncio.sleep(0.3)
    await send({"type": "http.response.body", "body": b"whole"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where a server listens, for all of the module, in a thread and loop of its own."""
    server = web.Server(web.config(application, 1), 1, Lifeline(None))
    with pytest.MonkeyPatch.context() as patch, web.listen("127.0.0.1", 0) as listening:
        patch.setattr(Protocol, "header_seconds", 0.2)
        serving = threading.Thread(target=lambda: server.run(sockets=[listening]))
        serving.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        serving.join(5)


@pytest.fixture
def exchange(port: int) -> Exchange:
    """Lets `talk` speak on one connection; what the server said to it."""

    async def run(talk: Talk) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            return await asyncio.wait_for(talk(reader, writer), 5)
        finally:
            writer.close()
            await writer.wait_closed()

    return lambda talk: asyncio.run(run(talk))


def sending(*pieces: bytes, pause: float = 0.0) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(pause)
        return await reader.read()

    return talk


def refusal(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/json" in head
    return int(head.split()[1]), json.loads(body)["error"]["code"]


def test_headers_that_never_end_are_answered_with_408(exchange: Exchange) -> None:
    assert refusal(exchange(sending(b"GET / HTTP/1.1\r\nhost: x\r\n"))) == (408, "request_timeout")


def test_headers_that_trickle_do_not_put_off_the_deadline(exchange: Exchange) -> None:
    drops = [b"GET / HTTP/1.1\r\n", *[b"x: y\r\n"] * 8]
    assert refusal(exchange(sending(*drops, pause=0.05)))[0] == 408


def test_a_second_request_that_never_ends_is_answered_with_408_too(exchange: Exchange) -> None:
    whole = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
    answer = exchange(sending(whole, b"GET / HTTP/1.1\r\n", pause=0.05))
    assert b"whole" in answer
    assert b"HTTP/1.1 408" in answer


def test_a_connection_that_never_says_a_word_is_closed(exchange: Exchange) -> None:
    assert exchange(sending()) == b""


def test_headers_too_large_to_finish_are_answered_with_431(exchange: Exchange) -> None:
    endless = b"GET / HTTP/1.1\r\nx: " + b"y" * HEADER_BYTES
    assert refusal(exchange(sending(endless))) == (431, "headers_too_large")


def test_complete_headers_over_the_limit_are_answered_with_431(exchange: Exchange) -> None:
    large = b"GET / HTTP/1.1\r\nx: " + b"y" * HEADER_BYTES + b"\r\n\r\n"
    assert refusal(exchange(sending(large))) == (431, "headers_too_large")


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00",
        b"GET\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_not_a_valid_request_is_answered_with_400(
    exchange: Exchange, nonsense: bytes
) -> None:
    assert refusal(exchange(sending(nonsense + b"\r\n"))) == (400, "invalid_request")


def test_nonsense_after_a_request_does_not_spoil_its_answer(exchange: Exchange) -> None:
    slow = b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n"
    answer = exchange(sending(slow, b"\x00nonsense\r\n\r\n", pause=0.1))
    assert b"begun" in answer
    assert b"400" not in answer


def test_a_slow_answer_is_not_cut_by_the_header_deadline(exchange: Exchange) -> None:
    slow = b"GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    assert exchange(sending(slow)).endswith(b"5\r\nwhole\r\n0\r\n\r\n")


def test_an_application_can_cut_a_connection_whose_reader_is_stuck(exchange: Exchange) -> None:
    answer = exchange(sending(b"GET /abort HTTP/1.1\r\nhost: x\r\n\r\n"))
    assert b"whole" not in answer


def test_the_answer_does_not_name_the_server_software(exchange: Exchange) -> None:
    whole = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    assert b"uvicorn" not in exchange(sending(whole)).lower()


def test_a_port_in_use_is_an_oserror() -> None:
    with web.listen("127.0.0.1", 0) as taken, pytest.raises(OSError):
        web.listen("127.0.0.1", taken.getsockname()[1])


def test_an_ipv6_address_can_be_listened_on() -> None:
    with web.listen("::1", 0) as listening:
        assert listening.family is socket.AF_INET6
