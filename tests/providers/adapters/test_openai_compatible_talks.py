"""The OpenAI-compatible adapter against a loopback server; models and embeddings."""

import base64
import json
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from providers import adapters
from providers.errors import ErrorKind, ProviderError
from providers.events import End, Event, ToolStart
from providers.messages import EmbeddingRequest, ModelInfo
from tests.conversation import ask, converse, endpoint_for, failure_of, text_of
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, call, chunk, embeddings, error, text_chunks

ADAPTER = adapters.get("openai_compatible")
ASKED = EmbeddingRequest("embed-test", ("a", "b"))


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


def talk(server: OpenAIServer, secret: str = "", **asked: Any) -> list[Event]:
    endpoint = endpoint_for("openai_compatible", server, "/v1")
    return converse(endpoint, ask(**asked), server, secret)


@pytest.mark.parametrize("stream", [True, False])
def test_a_question_is_answered(server: OpenAIServer, stream: bool) -> None:
    events = talk(server, stream=stream)
    assert text_of(events) == "Hello there"
    assert events[-1] == End()
    assert server.last.path == "/v1/chat/completions"


def test_a_question_carries_its_key(server: OpenAIServer) -> None:
    server.key = "k-1"
    assert talk(server, secret="k-1")[-1] == End()


def test_a_wrong_key_is_told(server: OpenAIServer) -> None:
    server.key = "k-1"
    failure = failure_of(talk(server, secret="k-2"))
    assert (failure.kind, failure.status) == (ErrorKind.AUTH, 401)


def test_a_stream_in_slices_of_one_byte_is_read(server: OpenAIServer) -> None:
    server.next(Answer.stream(sse(*text_chunks("Grüß", " Gott 🦙")), slice=1))
    assert text_of(talk(server, stream=True)) == "Grüß Gott 🦙"


def test_a_call_comes_through(server: OpenAIServer) -> None:
    pieces = chunk(tool_calls=[call(0, "call_1", "look", "{}")]), chunk("tool_calls")
    server.next(Answer.stream(sse(*pieces)))
    assert ToolStart(0, "call_1", "look") in talk(server, stream=True)


def test_a_stream_that_is_cut_is_a_failure(server: OpenAIServer) -> None:
    server.next(Answer.stream(sse(*text_chunks("Hello", " there")), cut=450))
    assert failure_of(talk(server, stream=True)).kind is ErrorKind.PROTOCOL


def test_a_server_that_closes_early_is_a_failure(server: OpenAIServer) -> None:
    pieces = sse(chunk(content="Hel"), done=False)
    server.next(Answer.stream(pieces, framing="close"))
    assert failure_of(talk(server, stream=True)).kind is ErrorKind.PROTOCOL


def test_an_html_page_with_a_good_status_is_a_failure(server: OpenAIServer) -> None:
    server.next(Answer.of(b"<html>Sign in</html>", content_type="text/html"))
    failure = failure_of(talk(server))
    assert failure.kind is ErrorKind.PROTOCOL
    assert "HTML" in failure.message


def test_a_full_server_tells_when_to_come_back(server: OpenAIServer) -> None:
    busy = error("slow down", code="rate_limit_exceeded")
    server.next(Answer.of(busy, status=429, headers={"Retry-After": "7"}))
    failure = failure_of(talk(server))
    assert (failure.kind, failure.retry_after) == (ErrorKind.RATE_LIMIT, 7.0)


def test_an_error_before_the_first_word_of_a_stream_is_a_failure(server: OpenAIServer) -> None:
    server.next(Answer.stream(sse(error("Loading model", "unavailable_error"), done=False)))
    assert failure_of(talk(server, stream=True)).kind is ErrorKind.OVERLOADED


# --- models ---


def test_models_are_listed_at_models() -> None:
    outgoing = ADAPTER.list_models(endpoint_for("openai_compatible", OpenAIServer()))
    assert outgoing is not None
    assert (outgoing.method, outgoing.path) == ("GET", "/models")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"data":[{"id":"a"}]}', ModelInfo("a")),
        (b'[{"id":"a"}]', ModelInfo("a")),
        (b'{"data":[{"id":"a","max_model_len":4096}]}', ModelInfo("a", 4096)),
        (b'{"data":[{"id":"a","context_length":4096}]}', ModelInfo("a", 4096)),
        (b'{"data":[{"id":"a","meta":{"n_ctx_train":4096}}]}', ModelInfo("a", 4096)),
        (b'{"data":[{"id":"a","max_model_len":"big"},{"id":7},null]}', ModelInfo("a")),
    ],
)
def test_a_models_entry_is_read_with_its_window(body: bytes, expected: ModelInfo) -> None:
    assert ADAPTER.read_models(body) == ([expected], None)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error":"no"}', b"7"])
def test_a_body_that_lists_no_models_is_told(body: bytes) -> None:
    with pytest.raises(ProviderError) as raised:
        ADAPTER.read_models(body)
    assert raised.value.failure.kind is ErrorKind.PROTOCOL


def test_the_list_of_models_is_check_enough() -> None:
    assert ADAPTER.check(endpoint_for("openai_compatible", OpenAIServer())) is None


# --- embeddings ---


def read(document: Any) -> Any:
    return ADAPTER.read_embeddings(ASKED, json.dumps(document).encode())


def test_an_embedding_request_names_no_format() -> None:
    endpoint = endpoint_for("openai_compatible", OpenAIServer())
    outgoing = ADAPTER.embed(endpoint, ASKED)
    assert outgoing.path == "/embeddings"
    assert json.loads(outgoing.body) == {"model": "embed-test", "input": ["a", "b"]}


def test_dimensions_and_user_go_along() -> None:
    endpoint = endpoint_for("openai_compatible", OpenAIServer())
    asked = EmbeddingRequest("embed-test", ((1, 2),), dimensions=8, user="u")
    body = json.loads(ADAPTER.embed(endpoint, asked).body)
    assert (body["input"], body["dimensions"], body["user"]) == ([[1, 2]], 8, "u")


def test_vectors_come_back_in_the_order_of_the_inputs() -> None:
    found = read(embeddings(["a", "b"]))
    assert found.vectors == [[0.0, 1.0], [1.0, 1.0]]
    assert (found.model, found.input_tokens) == ("embed-test", 6)


def test_vectors_in_base64_are_read() -> None:
    packed = base64.b64encode(struct.pack("<2f", 0.5, -2.0)).decode()
    found = read({"data": [{"embedding": packed}, {"embedding": [1, 2]}]})
    assert found.vectors == [[0.5, -2.0], [1.0, 2.0]]


@pytest.mark.parametrize(
    "document",
    [
        {"data": []},
        {"data": [{"embedding": [1.0]}]},
        {"data": [{"embedding": "!!!!"}, {"embedding": [1.0]}]},
        {"data": [{"embedding": "AAA="}, {"embedding": [1.0]}]},
        {"data": [{"embedding": ["x"]}, {"embedding": [1.0]}]},
        {},
        [],
    ],
)
def test_an_answer_without_a_vector_for_each_input_is_told(document: Any) -> None:
    with pytest.raises(ProviderError) as raised:
        read(document)
    assert raised.value.failure.kind is ErrorKind.PROTOCOL


def test_an_error_in_place_of_vectors_is_shown() -> None:
    with pytest.raises(ProviderError) as raised:
        read({"error": {"message": "no such model"}})
    assert "no such model" in raised.value.failure.message
