"""Slow upstreams, slow clients, full providers: who waits, how long, and what they hear."""

import socket

from tests.lakehouse.gateway.test_drain import MODEL, streaming
from tests.serving import Gateway, body, events
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, error, text_chunks


def test_the_first_event_arrives_while_the_upstream_is_still_open(
    served: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.stream(sse(*text_chunks("a", "b")), stall_after=2))
    sent = body(MODEL, stream=True)
    with served.client() as client, client.stream("POST", "/v1/chat", json=sent) as response:
        first = next(events(response))
        assert upstream.last.answered_at is None
    assert first["choices"][0]["delta"]["role"] == "assistant"


def test_silence_between_tokens_is_filled_with_comments(
    hasty: Gateway, upstream: OpenAIServer
) -> None:
    first, *rest = sse(*text_chunks("a"))
    upstream.next(Answer.stream([first, b"".join(rest)], pause=1.2))
    with hasty.client() as client:
        answer = client.post("/v1/chat", json=body(MODEL, stream=True))
    assert answer.text.count(": waiting\n\n") >= 3
    assert answer.text.endswith("data: [DONE]\n\n")


def test_a_stream_that_waits_long_for_its_first_token_begins_with_comments(
    hasty: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.stream(sse(*text_chunks("a")), delay=1))
    with hasty.client() as client:
        answer = client.post("/v1/chat", json=body(MODEL, stream=True))
    assert answer.text.startswith(": waiting\n\n")
    assert answer.text.endswith("data: [DONE]\n\n")


def test_a_failure_after_the_stream_began_is_an_error_event_and_no_done(
    hasty: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.of(error("boom"), status=500, delay=1))
    with hasty.client() as client:
        answer = client.post("/v1/chat", json=body(MODEL, stream=True))
    assert answer.status_code == 200
    assert '"code":"provider_error"' in answer.text
    assert "[DONE]" not in answer.text


def test_a_body_that_does_not_arrive_is_a_408(hasty: Gateway, upstream: OpenAIServer) -> None:
    head = b"POST /v1/chat HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=5) as client:
        client.sendall(head)
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"code":"request_timeout"' in answer


def test_a_full_provider_is_a_503_after_the_queue_time(
    hasty: Gateway, upstream: OpenAIServer
) -> None:
    hasty.limit_to(1)
    (reader,) = streaming(
        hasty, upstream, 1, Answer.stream(sse(*text_chunks(*"abcdefgh")), pause=0.1)
    )
    refused = hasty.chat(MODEL)
    reader.join()
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "provider_busy")
    assert refused.headers["retry-after"] == "1"
    assert hasty.chat(MODEL).status_code == 200


def test_waiting_for_a_slot_is_recorded_as_queue_time(
    hasty: Gateway, upstream: OpenAIServer
) -> None:
    hasty.limit_to(1)
    answer = Answer.stream(sse(*text_chunks("a")), pause=0.04)
    (reader,) = streaming(hasty, upstream, 1, answer)
    row = hasty.call(hasty.chat(MODEL).headers["x-request-id"])
    reader.join()
    assert 20 < row["queue_ms"] < 300
