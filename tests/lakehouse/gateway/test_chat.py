"""Chatting through the served gateway, whole and streamed."""

import json
import time
from itertools import pairwise

import pytest

from tests.lakehouse.gateway.house import MODEL
from tests.serving import Gateway, body, events
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, chunk, document, text_chunks


def test_a_whole_answer_has_openais_shape(served: Gateway, upstream: OpenAIServer) -> None:
    answer = served.chat(MODEL).json()
    assert answer["object"] == "chat.completion"
    assert answer["id"].startswith("chatcmpl-")
    assert answer["choices"][0]["message"]["role"] == "assistant"
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"]["total_tokens"] == 17


@pytest.mark.parametrize("path", ["/v1/chat", "/v1/chat/completions"])
def test_both_paths_are_the_same_call(served: Gateway, upstream: OpenAIServer, path: str) -> None:
    with served.client() as client:
        answer = client.post(path, json=body(MODEL))
    assert answer.json()["choices"][0]["message"]["content"] == "Hello there"


def test_the_provider_is_asked_by_its_own_name_for_the_model(
    served: Gateway, upstream: OpenAIServer
) -> None:
    served.chat(MODEL, "what is up", temperature=0.5)
    asked = upstream.last.json
    assert asked["model"] == "gpt-test"
    assert asked["temperature"] == 0.5
    assert asked["messages"] == [{"role": "user", "content": "what is up"}]


def test_the_answer_names_the_provider_and_the_attempts(
    served: Gateway, upstream: OpenAIServer
) -> None:
    headers = served.chat(MODEL).headers
    assert headers["x-lakehouse-provider"] == "openai_compatible"
    assert headers["x-lakehouse-attempts"] == "1"


def test_the_request_id_is_the_ledgers(served: Gateway, upstream: OpenAIServer) -> None:
    row = served.call(served.chat(MODEL).headers["x-request-id"])
    assert (row["operation"], row["model_asked"], row["model"]) == ("chat", MODEL, "gpt-test")


def test_a_stream_ends_with_done(served: Gateway, upstream: OpenAIServer) -> None:
    with (
        served.client() as client,
        client.stream("POST", "/v1/chat", json=body(MODEL, stream=True)) as response,
    ):
        received = list(events(response))
    assert response.headers["content-type"] == "text/event-stream"
    assert received[0]["choices"][0]["delta"]["role"] == "assistant"
    assert received[-1] == "[DONE]"


def test_a_stream_names_the_provider_and_is_not_to_be_buffered(
    served: Gateway, upstream: OpenAIServer
) -> None:
    with served.client() as client:
        headers = client.post("/v1/chat", json=body(MODEL, stream=True)).headers
    assert headers["x-lakehouse-provider"] == "openai_compatible"
    assert headers["x-accel-buffering"] == "no"
    assert "no-cache" in headers["cache-control"]


def test_accepting_event_streams_only_is_no_reason_for_a_406(
    served: Gateway, upstream: OpenAIServer
) -> None:
    with served.client() as client:
        answer = client.post(
            "/v1/chat", json=body(MODEL, stream=True), headers={"accept": "text/event-stream"}
        )
    assert answer.status_code == 200


def test_tokens_are_passed_on_as_they_come(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.stream(sse(*text_chunks("a", "b", "c", "d")), pause=0.05))
    sent, arrived = body(MODEL, stream=True), []
    with served.client() as client, client.stream("POST", "/v1/chat", json=sent) as response:
        for event in events(response):
            if event != "[DONE]" and event["choices"][0]["delta"].get("content"):
                arrived.append(time.monotonic())
    gaps = [later - earlier for earlier, later in pairwise(arrived)]
    assert len(gaps) == 3
    assert min(gaps) > 0.02


def test_a_stream_in_single_bytes_is_put_together(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.stream(sse(*text_chunks("grüße ", "😀")), slice=1))
    with served.client() as client:
        answer = client.post("/v1/chat", json=body(MODEL, stream=True))
    *chunks, done = list(events(answer))
    said = "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks)
    assert (said, done) == ("grüße 😀", "[DONE]")


def test_separators_inside_text_are_text(served: Gateway, upstream: OpenAIServer) -> None:
    odd = "a\u2028b\u0085c\x0bd\x0ce\r\nf"
    upstream.next(Answer.stream(sse(chunk(content=odd), chunk("stop"))))
    with served.client() as client:
        raw = client.post("/v1/chat", json=body(MODEL, stream=True)).content
    documents = [line[6:] for line in raw.split(b"\n") if line.startswith(b"data: {")]
    deltas = [json.loads(d)["choices"][0]["delta"].get("content") for d in documents]
    assert odd in deltas


def test_usage_comes_in_a_chunk_of_its_own_when_asked(
    served: Gateway, upstream: OpenAIServer
) -> None:
    sent = body(MODEL, stream=True, stream_options={"include_usage": True})
    with served.client() as client:
        *chunks, usage, done = list(events(client.post("/v1/chat", json=sent)))
    assert done == "[DONE]"
    assert (usage["choices"], usage["usage"]["total_tokens"]) == ([], 17)
    assert all(c["usage"] is None for c in chunks)


def test_echo_says_back_what_it_was_told(served: Gateway) -> None:
    answer = served.chat("echo", "one two three").json()
    assert answer["choices"][0]["message"]["content"] == "one two three"
    assert answer["model"] == "echo"


def test_an_empty_answer_is_an_answer(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(document("", "length")))
    choice = served.chat(MODEL).json()["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("", "length")


def test_an_unknown_finish_reason_is_stop_with_its_own_name_beside(
    served: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.of(document("hi", "eos_token")))
    choice = served.chat(MODEL).json()["choices"][0]
    assert (choice["finish_reason"], choice["native_finish_reason"]) == ("stop", "eos_token")


def test_connections_to_an_upstream_are_used_again(served: Gateway, upstream: OpenAIServer) -> None:
    for _ in range(5):
        served.chat(MODEL)
    assert len({asked.connection for asked in upstream.ledger}) == 1


def test_a_profile_that_does_not_exist_is_not_found(served: Gateway) -> None:
    answer = served.chat("echo", profile="careful")
    assert answer.status_code == 404
    assert answer.json()["error"]["param"] == "profile"
