"""Clients that leave at the worst moment: every call still ends, and nothing stays taken."""

import asyncio
import json
import random
import socket
import struct
import uuid
from typing import Any

import psutil

from lakehouse.gateway.call import CallInFlight
from lakehouse.gateway.dialect.chunks import ChunkWriter
from lakehouse.gateway.live import Principal
from lakehouse.gateway.services import Services
from lakehouse.gateway.stream import ChatStream
from providers.events import Event
from tests.serving import Gateway, body
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, document, text_chunks

CALLS = 60
WRITE_SECS = 0.5  # of the fixture `hasty`
ANYONE = Principal(1, "test", "tests", "internal", frozenset(), None, False, None)


def request(served: Gateway, **fields: Any) -> bytes:
    data = json.dumps(body("openai_compatible/m", **fields)).encode()
    head = (
        f"POST /v1/chat HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {served.token}\r\n"
        f"content-length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


def open_calls(served: Gateway) -> int:
    with served.client() as client:
        count: int = client.get("/readyz").json()["open_calls"]
        return count


def test_a_client_that_reads_nothing_of_its_answer_is_cut_off(
    hasty: Gateway, upstream: OpenAIServer
) -> None:
    before = len(_all_ended(hasty))
    upstream.next(Answer.of(document("x" * 8_000_000)))
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=5) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(request(hasty))
        hasty.eventually(lambda: len(_all_ended(hasty)) > before)
        assert _holds(hasty, client)
        hasty.eventually(lambda: not _holds(hasty, client), 4 * WRITE_SECS)


def test_a_large_whole_answer_arrives_whole(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(document("x" * 8_000_000)))
    answer = served.chat("openai_compatible/m")
    assert len(answer.json()["choices"][0]["message"]["content"]) == 8_000_000


def test_leaving_at_any_moment_leaves_nothing_open(hasty: Gateway, upstream: OpenAIServer) -> None:
    hasty.limit_to(3)
    before = len(_all_ended(hasty))
    chance = random.Random(20)
    for number in range(CALLS):
        stream = chance.random() < 0.5
        upstream.next(_paced() if stream else Answer.of(document(), delay=0.01))
        with socket.create_connection(("127.0.0.1", hasty.port)) as client:
            client.sendall(request(hasty, stream=stream))
            client.settimeout(chance.uniform(0.001, 0.03))
            _read_until_late(client)
            if number % 2:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    hasty.eventually(lambda: open_calls(hasty) == 0)
    hasty.eventually(lambda: len(_all_ended(hasty)) >= before + len(upstream.ledger))
    # A call that outlived a flush was written as running, and its end waits for the next one.
    hasty.eventually(lambda: not _running(hasty))
    assert not hasty.rows(
        "SELECT 1 FROM gateway_call c WHERE attempts_made <> "
        "(SELECT count(*) FROM gateway_attempt a WHERE a.call_id = c.id)"
    )
    upstream.forget()
    assert [hasty.chat("openai_compatible/m").status_code for _ in range(4)] == [200] * 4


def test_a_second_cancel_while_a_stream_is_closed_still_ends_the_call() -> None:
    async def run() -> bool:
        services = Services()
        call = CallInFlight(services, ANYONE, "chat", uuid.uuid4(), stream=True)
        stream = _stream(call, asyncio.create_task(_reluctant()))
        await asyncio.sleep(0)
        closing = asyncio.create_task(stream.aclose())
        await asyncio.sleep(0.01)
        closing.cancel()
        await asyncio.wait({closing})
        await services.transport.aclose()
        return call.closed and services.drain.open_calls == 0

    assert asyncio.run(run())


def _stream(call: CallInFlight, opening: "asyncio.Task[list[Event]]") -> ChatStream:
    writer = ChunkWriter("id", 0, "m", include_usage=False)
    return ChatStream(call, opening, writer, None, ping_secs=1, keep_text=False)


async def _reluctant() -> list[Event]:
    """Takes its time to stop, as a try does that gives a connection back."""
    try:
        await asyncio.sleep(5)
    finally:
        await asyncio.sleep(0.1)
    return []


def _paced() -> Answer:
    return Answer.stream(sse(*text_chunks(*"abcd")), pause=0.005)


def _read_until_late(client: socket.socket) -> None:
    try:
        while client.recv(4096):
            pass
    except TimeoutError:
        return


def _all_ended(served: Gateway) -> list[dict[str, Any]]:
    return served.rows("SELECT id FROM gateway_call WHERE outcome <> 'running'")


def _running(served: Gateway) -> list[dict[str, Any]]:
    return served.rows("SELECT id FROM gateway_call WHERE outcome = 'running'")


def _holds(served: Gateway, client: socket.socket) -> bool:
    """True while the server has its end of the connection open."""
    port = client.getsockname()[1]
    connections = psutil.Process(served.process.pid).net_connections("tcp")
    return any(c.raddr and c.raddr.port == port for c in connections)
