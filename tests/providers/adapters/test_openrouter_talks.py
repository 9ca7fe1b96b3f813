"""The OpenRouter adapter against a loopback server; its models, key and embeddings."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from providers import adapters, asking
from providers.adapters.base import Outgoing
from providers.errors import ErrorKind, ProviderError
from providers.events import End, Event
from providers.messages import EmbeddingRequest, ModelInfo
from providers.transport import Transport
from tests.conversation import allow, ask, converse, endpoint_for, failure_of, text_of
from tests.upstreams.base import Answer, sse
from tests.upstreams.openrouter import KEY, MODEL, MODELS, OpenRouterServer, chunk, error

ADAPTER = adapters.get("openrouter")


@pytest.fixture
def server() -> Iterator[OpenRouterServer]:
    with OpenRouterServer() as running:
        yield running


def talk(server: OpenRouterServer, secret: str = "", stream: bool = True) -> list[Event]:
    endpoint = endpoint_for("openrouter", server, "/api/v1")
    return converse(endpoint, ask(model=MODEL, stream=stream), server, secret)


def body_of(server: OpenRouterServer, outgoing: Outgoing | None, secret: str) -> bytes:
    """What a plain call of the adapter's brings."""
    assert outgoing is not None
    endpoint = endpoint_for("openrouter", server, "/api/v1")

    async def run() -> bytes:
        async with Transport(lambda: allow(server)) as transport:
            return await asking.ask(transport, ADAPTER, endpoint, outgoing, secret)

    return asyncio.run(run())


@pytest.mark.parametrize("stream", [True, False])
def test_a_question_is_answered(server: OpenRouterServer, stream: bool) -> None:
    events = talk(server, stream=stream)
    assert text_of(events) == "Hello there"
    assert events[-1] == End()
    assert server.last.path == "/api/v1/chat/completions"


def test_a_question_without_credit_is_told(server: OpenRouterServer) -> None:
    server.next(Answer.of(error(402, "Insufficient credits", "payment_required"), status=402))
    failure = failure_of(talk(server))
    assert failure.kind is ErrorKind.BILLING
    assert "Insufficient credits" in failure.message


def test_an_error_with_a_good_status_is_told(server: OpenRouterServer) -> None:
    server.next(Answer.of(error(502, "Provider returned error", "provider_unavailable")))
    assert failure_of(talk(server, stream=False)).status == 502


def test_a_stream_that_breaks_off_is_told(server: OpenRouterServer) -> None:
    server.next(Answer.stream(sse(chunk(content="a"), done=False), framing="close"))
    assert failure_of(talk(server)).kind is ErrorKind.PROTOCOL


def test_the_check_takes_a_good_key(server: OpenRouterServer) -> None:
    server.key = "k-1"
    outgoing = ADAPTER.check(endpoint_for("openrouter", server))
    assert json.loads(body_of(server, outgoing, "k-1")) == KEY
    assert server.last.path == "/api/v1/key"


def test_the_check_finds_a_bad_key(server: OpenRouterServer) -> None:
    server.key = "k-1"
    outgoing = ADAPTER.check(endpoint_for("openrouter", server))
    with pytest.raises(ProviderError) as raised:
        body_of(server, outgoing, "k-2")
    assert raised.value.failure.kind is ErrorKind.AUTH


def test_the_list_of_models_proves_no_key(server: OpenRouterServer) -> None:
    server.key = "k-1"
    outgoing = ADAPTER.list_models(endpoint_for("openrouter", server))
    assert json.loads(body_of(server, outgoing, "k-2")) == MODELS


def test_a_model_is_read_with_what_it_can_do() -> None:
    (found,), cursor = ADAPTER.read_models(json.dumps(MODELS).encode())
    assert found == ModelInfo(MODEL, 200000, 64000, ("tools", "thinking", "vision", "files"))
    assert cursor is None


def test_a_model_that_says_little_is_read_all_the_same() -> None:
    body = b'{"data":[{"id":"a/b","architecture":null,"supported_parameters":7}]}'
    assert ADAPTER.read_models(body) == ([ModelInfo("a/b")], None)


def test_the_window_of_the_top_provider_stands_in() -> None:
    body = b'{"data":[{"id":"a/b","top_provider":{"context_length":4096}}]}'
    assert ADAPTER.read_models(body)[0] == [ModelInfo("a/b", 4096)]


def test_embeddings_are_asked_as_at_openai() -> None:
    endpoint = endpoint_for("openrouter", OpenRouterServer())
    asked = EmbeddingRequest("openai/embed", ("a",))
    assert ADAPTER.embed(endpoint, asked).path == "/embeddings"
    answer = b'{"data":[{"embedding":[1,2],"index":0}],"usage":{"prompt_tokens":1}}'
    assert ADAPTER.read_embeddings(asked, answer).vectors == [[1.0, 2.0]]


def test_the_key_is_bound_to_its_own_host() -> None:
    assert ADAPTER.hosts == {"openrouter.ai"}
    assert ADAPTER.defaults.auth == "OPENROUTER_API_KEY"
