"""A client that leaves ends the upstream's work within 250 ms, in every phase."""

import json
import socket
import time

import pytest

from tests.serving import Gateway, body
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, text_chunks

WITHIN = 0.25
PHASES = {
    "before the headers": Answer.of({}, delay=30),
    "waiting for the first token": Answer.stream(sse(*text_chunks("a")), stall_after=1),
    "between tokens": Answer.stream(sse(*text_chunks("a", "b", "c")), stall_after=3),
    "while tokens flow": Answer.stream(sse(*text_chunks(*"abc" * 500)), pause=0.005),
}


def leave_after(served: Gateway, seconds: float, *, stream: bool) -> float:
    """Sends a chat over a bare socket, waits, closes it; when that was."""
    data = json.dumps(body("openai_compatible/m", stream=stream)).encode()
    head = (
        f"POST /v1/chat HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {served.token}\r\n"
        f"content-length: {len(data)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", served.port)) as client:
        client.sendall(head.encode() + data)
        time.sleep(seconds)
    return time.monotonic()


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_leaving_closes_the_upstream(
    served: Gateway, upstream: OpenAIServer, phase: str, stream: bool
) -> None:
    upstream.next(PHASES[phase])
    left = leave_after(served, 0.15, stream=stream)
    upstream.wait_for(lambda: upstream.last.left_at)
    assert upstream.last.left_at is not None
    assert upstream.last.left_at - left < WITHIN


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_leaving_is_recorded_once_as_client_closed(
    served: Gateway, upstream: OpenAIServer, stream: bool
) -> None:
    upstream.next(PHASES["between tokens"])
    before = served.recorded_ids()
    leave_after(served, 0.1, stream=stream)
    sql = (
        "SELECT id, outcome, status FROM gateway_call WHERE id <> ALL(%s) AND outcome <> 'running'"
    )
    rows = served.eventually(lambda: served.rows(sql, before))
    assert [(row["outcome"], row["status"]) for row in rows] == [("client_closed", 499)]
    assert [a["outcome"] for a in served.attempts(rows[0]["id"])] == ["client_closed"]


def test_a_client_that_stops_reading_is_taken_for_gone(
    hasty: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.stream(sse(*text_chunks(*["x" * 60_000] * 400))))
    data = json.dumps(body("openai_compatible/m", stream=True)).encode()
    head = (
        f"POST /v1/chat HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {hasty.token}\r\n"
        f"content-length: {len(data)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", hasty.port)) as client:
        client.sendall(head.encode() + data)
        upstream.wait_for(lambda: upstream.ledger and upstream.last.left_at, within=5)
