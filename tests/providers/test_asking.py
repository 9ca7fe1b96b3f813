"""One whole request and answer: model lists, checks and embeddings."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest

from providers import adapters, asking
from providers.adapters.base import Outgoing
from providers.endpoint import Timeouts
from providers.errors import ErrorKind, Failure, ProviderError
from providers.messages import EmbeddingRequest, EmbeddingResult, RerankRequest, RerankResult
from providers.redact import redact
from providers.transport import Transport
from tests.conversation import allow, endpoint_for
from tests.upstreams.base import Answer
from tests.upstreams.openai import OpenAIServer, embeddings, error

T = TypeVar("T")
KIND = "openai_compatible"
LIST = Outgoing(method="GET", path="/models")


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as made:
        yield made


def over(server: OpenAIServer, work: Callable[[Transport], Awaitable[T]]) -> T:
    async def run() -> T:
        transport = Transport(lambda: allow(server))
        try:
            return await work(transport)
        finally:
            await transport.aclose()

    return asyncio.run(run())


def asked(server: OpenAIServer, secret: str = "", **more: Any) -> bytes:
    endpoint = endpoint_for(KIND, server, **more)
    adapter = adapters.get(KIND)
    return over(server, lambda t: asking.ask(t, adapter, endpoint, LIST, secret))


def embedded(server: OpenAIServer, *inputs: str, kind: str = KIND, **more: Any) -> EmbeddingResult:
    endpoint, request = endpoint_for(kind, server), EmbeddingRequest("m", inputs, **more)
    adapter = adapters.get(kind)
    return over(server, lambda t: asking.embed(t, adapter, endpoint, request, ""))


def failed(work: Callable[[], object]) -> Failure:
    with pytest.raises(ProviderError) as raised:
        work()
    return raised.value.failure


def test_the_body_of_a_good_answer_is_given(server: OpenAIServer) -> None:
    assert b'"object": "list"' in asked(server)
    assert (server.last.method, server.last.path) == ("GET", "/models")


def test_the_secret_goes_along(server: OpenAIServer) -> None:
    server.key = "s3cret-key"
    asked(server, "s3cret-key")
    assert server.last.headers["authorization"] == "Bearer s3cret-key"


def test_a_bad_status_is_named_by_the_adapter(server: OpenAIServer) -> None:
    server.next(Answer.of(error("who are you"), status=401))
    found = failed(lambda: asked(server))
    assert (found.kind, found.status) == (ErrorKind.AUTH, 401)


def test_a_quoted_key_is_taken_out(server: OpenAIServer) -> None:
    redact.learn("quoted-key-of-no-shape")
    server.next(Answer.of(error("quoted-key-of-no-shape is bad"), status=400))
    found = failed(lambda: asked(server))
    assert "quoted-key-of-no-shape" not in found.message
    assert "is bad" in found.message


def test_the_total_time_is_bounded(server: OpenAIServer) -> None:
    server.next(Answer.stream([b"x"] * 100, pause=0.05))
    found = failed(lambda: asked(server, timeouts=Timeouts(connect=1, total=0.2)))
    assert (found.kind, "within 0.2 s" in found.message) == (ErrorKind.TIMEOUT, True)
    server.wait_for(lambda: server.last.left_at)


def test_the_size_is_bounded(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MAX_DOCUMENT", 1000)
    server.next(Answer.stream([b"x" * 500] * 50, pause=0.01))
    found = failed(lambda: asked(server))
    assert (found.kind, "larger than 1000 bytes" in found.message) == (ErrorKind.PROTOCOL, True)
    server.wait_for(lambda: server.last.left_at)


def test_a_cut_answer_is_a_protocol_failure(server: OpenAIServer) -> None:
    server.next(Answer.of({"data": []}, cut=3))
    assert failed(lambda: asked(server)).kind is ErrorKind.PROTOCOL


# --- embeddings ---


def test_vectors_come_in_the_order_of_their_texts(server: OpenAIServer) -> None:
    found = embedded(server, "a", "b", "c")
    assert found == EmbeddingResult([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]], "embed-test", 6)


def test_what_was_dropped_is_told(server: OpenAIServer) -> None:
    server.next(Answer.of({"embeddings": [{"values": [1.0]}]}))
    assert embedded(server, "a", kind="gemini", user="someone").dropped == ("user",)


def test_a_vector_too_few_is_a_protocol_failure(server: OpenAIServer) -> None:
    server.next(Answer.of(embeddings(["a"])))
    assert failed(lambda: embedded(server, "a", "b")).kind is ErrorKind.PROTOCOL


@pytest.mark.parametrize("kind", ["kimi", "claude"])
def test_a_kind_without_embeddings_says_so_and_asks_nobody(server: OpenAIServer, kind: str) -> None:
    found = failed(lambda: embedded(server, "a", kind=kind))
    assert (found.kind, found.accepted) == (ErrorKind.UNSUPPORTED, False)
    assert server.ledger == []


def test_echo_embeds_in_this_process(server: OpenAIServer) -> None:
    found = embedded(server, "a", "b", kind="echo")
    assert len(found.vectors) == 2
    assert server.ledger == []


# --- reranking ---


def reranked(server: OpenAIServer, *documents: str, kind: str = KIND) -> RerankResult:
    endpoint, request = endpoint_for(kind, server), RerankRequest("m", "pump", documents)
    adapter = adapters.get(kind)
    return over(
        server, lambda t: asking.rerank(t, adapter, endpoint, request, "sk-test-0123456789abcdef")
    )


def test_scores_come_in_the_order_of_their_texts(server: OpenAIServer) -> None:
    results = [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": -2}]
    server.next(Answer.of({"results": results, "usage": {"total_tokens": 3}}))
    assert reranked(server, "a", "b") == RerankResult([-2.0, 0.9], "m")


@pytest.mark.parametrize("kind", ["kimi", "claude", "gemini", "ollama"])
def test_a_kind_that_does_not_rerank_says_so_and_asks_nobody(
    server: OpenAIServer, kind: str
) -> None:
    found = failed(lambda: reranked(server, "a", kind=kind))
    assert (found.kind, found.accepted) == (ErrorKind.UNSUPPORTED, False)
    assert server.ledger == []


def test_a_rerank_answer_that_repeats_the_key_is_redacted(server: OpenAIServer) -> None:
    server.next(Answer.of({"error": {"message": "no sk-test-0123456789abcdef"}}))
    assert "sk-test-0123456789abcdef" not in failed(lambda: reranked(server, "a")).message


def test_echo_counts_the_words_that_a_text_shares_with_the_query(server: OpenAIServer) -> None:
    assert reranked(server, "the Pump", "tank", kind="echo").scores == [1.0, 0.0]
    assert server.ledger == []
