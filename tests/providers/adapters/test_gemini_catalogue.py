"""Gemini's model list, page by page, and embeddings."""

import json
import math
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from providers.adapters.base import Outgoing
from providers.errors import ErrorKind, Failure, ProviderError
from providers.messages import EmbeddingRequest, EmbeddingResult, ModelInfo
from tests.providers.adapters.gemini_sent import ENDPOINT, GEMINI
from tests.upstreams import gemini as g


@pytest.fixture
def server() -> Iterator[g.GeminiServer]:
    with g.GeminiServer() as running:
        yield running


def fetched(server: g.GeminiServer, outgoing: Outgoing | None) -> bytes:
    assert outgoing is not None
    url = server.url + g.BASE + outgoing.path
    with httpx.Client(trust_env=False) as client:
        return client.request(outgoing.method, url, content=outgoing.body).content


def embedding(*texts: str, **more: Any) -> EmbeddingRequest:
    return EmbeddingRequest("gemini-embedding-001", texts, **more)


def read(request: EmbeddingRequest, document: Any) -> EmbeddingResult:
    return GEMINI.read_embeddings(request, json.dumps(document).encode())


def refused(read: Any, *args: Any) -> Failure:
    with pytest.raises(ProviderError) as raised:
        read(*args)
    return raised.value.failure


# --- models ---


def test_the_list_is_asked_for_in_large_pages() -> None:
    outgoing = GEMINI.list_models(ENDPOINT)
    assert outgoing == Outgoing("GET", "/models?pageSize=1000")


def test_the_cursor_is_encoded() -> None:
    outgoing = GEMINI.list_models(ENDPOINT, "a/b&c=")
    assert outgoing == Outgoing("GET", "/models?pageSize=1000&pageToken=a%2Fb%26c%3D")


def test_all_pages_together_list_what_chats_or_embeds(server: g.GeminiServer) -> None:
    found: list[ModelInfo] = []
    cursor: str | None = None
    for _ in g.MODELS:
        models, cursor = GEMINI.read_models(fetched(server, GEMINI.list_models(ENDPOINT, cursor)))
        found += models
    assert cursor is None
    assert found == [
        ModelInfo("gemini-3-flash", 1048576, 65536, ("chat", "reasoning")),
        ModelInfo("gemini-embedding-001", 2048, None, ("embeddings",)),
    ]


def test_an_empty_list_is_a_list() -> None:
    assert GEMINI.read_models(b"{}") == ([], None)


def test_an_error_instead_of_a_list_is_named() -> None:
    body = json.dumps(g.error(403, "PERMISSION_DENIED")).encode()
    assert refused(GEMINI.read_models, body).kind is ErrorKind.PERMISSION


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"models":[{}]}', b"[1]"])
def test_a_list_that_is_none_is_a_protocol_failure(body: bytes) -> None:
    assert refused(GEMINI.read_models, body).kind is ErrorKind.PROTOCOL


# --- embeddings ---


def test_each_input_is_one_request_that_repeats_the_model(server: g.GeminiServer) -> None:
    request = embedding("one", "two")
    result = GEMINI.read_embeddings(request, fetched(server, GEMINI.embed(ENDPOINT, request)))
    assert result == EmbeddingResult([[3.0, 4.0], [3.0, 4.0]], "gemini-embedding-001")
    assert server.last.path == "/v1beta/models/gemini-embedding-001:batchEmbedContents"
    assert server.last.json["requests"] == [
        {"model": "models/gemini-embedding-001", "content": {"parts": [{"text": text}]}}
        for text in ("one", "two")
    ]


def test_dimensions_are_asked_for_and_the_vector_made_a_unit() -> None:
    request = embedding("one", dimensions=2)
    sent = json.loads(GEMINI.embed(ENDPOINT, request).body)
    assert sent["requests"][0]["outputDimensionality"] == 2
    (vector,) = read(request, {"embeddings": [{"values": [3, 4]}]}).vectors
    assert vector == [0.6, 0.8] and math.hypot(*vector) == pytest.approx(1)


def test_a_vector_of_zeros_stays_one() -> None:
    request = embedding("one", dimensions=2)
    assert read(request, {"embeddings": [{"values": [0, 0]}]}).vectors == [[0, 0]]


def test_tokens_are_counted_where_google_counts_them() -> None:
    document = {"embeddings": [{"values": [1]}], "usageMetadata": {"promptTokenCount": 5}}
    assert read(embedding("one"), document).input_tokens == 5


def test_a_user_is_dropped_and_reported() -> None:
    assert GEMINI.embed(ENDPOINT, embedding("one", user="u")).dropped == ("user",)


def test_token_ids_are_refused() -> None:
    request = EmbeddingRequest("m", ((1, 2),))
    failure = refused(GEMINI.embed, ENDPOINT, request)
    assert (failure.kind, failure.param) == (ErrorKind.UNSUPPORTED, "input")


def test_a_vector_too_few_is_a_protocol_failure() -> None:
    document = {"embeddings": [{"values": [1]}]}
    failure = refused(read, embedding("one", "two"), document)
    assert failure.kind is ErrorKind.PROTOCOL and "1 vectors for 2 inputs" in failure.message


def test_an_error_instead_of_vectors_is_named() -> None:
    failure = refused(read, embedding("one"), g.error(429, "RESOURCE_EXHAUSTED"))
    assert failure.kind is ErrorKind.RATE_LIMIT
