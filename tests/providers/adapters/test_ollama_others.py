"""The Ollama adapter beside chat: kinds, model lists, embeddings, the check of a key."""

import asyncio
import json
from typing import Any

import pytest

from providers.adapters import KINDS, get
from providers.adapters.base import Outgoing
from providers.adapters.ollama import Ollama, OllamaCloud
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, Failure, ProviderError
from providers.exchange import build
from providers.messages import EmbeddingRequest, EmbeddingResult, JsonSchema, ModelInfo, Segment
from providers.transport import Transport
from tests.conversation import allow, ask, endpoint_for
from tests.upstreams.base import UpstreamServer
from tests.upstreams.ollama import MODEL, MODELS, OllamaServer

LOCAL = Endpoint("local", "ollama", "http://localhost:11434")
CLOUD = Endpoint("cloud", "ollama_cloud", "https://ollama.com")


def fetched(
    kind: str, outgoing: Outgoing, server: UpstreamServer, secret: str = ""
) -> tuple[int, bytes]:
    """Status and body of one request that is no chat."""

    async def run() -> tuple[int, bytes]:
        transport = Transport(lambda: allow(server))
        try:
            message = build(endpoint_for(kind, server), get(kind), outgoing, secret)
            answer = await transport.handle_async_request(message)
            return answer.status_code, await answer.aread()
        finally:
            await transport.aclose()

    return asyncio.run(run())


def failure_of_models(body: bytes) -> Failure:
    with pytest.raises(ProviderError) as caught:
        get("ollama").read_models(body)
    return caught.value.failure


def models(*listed: Any) -> list[ModelInfo]:
    found, cursor = get("ollama").read_models(json.dumps({"models": listed}).encode())
    assert cursor is None
    return found


def embedding(*inputs: Any, endpoint: Endpoint = LOCAL, **more: Any) -> Any:
    request = EmbeddingRequest("nomic-embed-text", inputs, **more)
    return json.loads(get(endpoint.kind).embed(endpoint, request).body)


def read_embeddings(answer: Any, *inputs: str) -> EmbeddingResult:
    request = EmbeddingRequest("asked", inputs)
    return get("ollama").read_embeddings(request, json.dumps(answer).encode())


# --- the kinds ---


def test_both_kinds_are_registered_under_their_own_names() -> None:
    assert isinstance(get("ollama"), Ollama) and isinstance(get("ollama_cloud"), OllamaCloud)
    assert all(get(kind).kind == kind for kind in KINDS if kind.startswith("ollama"))


def test_a_daemon_needs_no_key_and_waits_long_for_a_model_to_load() -> None:
    defaults = get("ollama").defaults
    assert (defaults.base_url, defaults.auth) == ("http://localhost:11434", "")
    assert get("ollama").hosts == frozenset()
    assert defaults.first_token_timeout >= 300


def test_the_clouds_key_is_bound_to_its_host() -> None:
    adapter = get("ollama_cloud")
    assert (adapter.defaults.base_url, adapter.defaults.auth) == (
        "https://ollama.com",
        "OLLAMA_API_KEY",
    )
    assert adapter.hosts == frozenset({"ollama.com"})


def test_settings_for_loading_a_model_are_the_daemons_alone() -> None:
    only_daemon = set(get("ollama").options) - set(get("ollama_cloud").options)
    assert only_daemon == {"num_ctx", "num_keep", "num_batch", "num_gpu", "keep_alive"}


def test_the_cloud_reports_a_schema_as_not_honoured() -> None:
    request = ask(output=JsonSchema("a", {"type": "object"}))
    assert get("ollama_cloud").chat(CLOUD, request).dropped == ("response_format",)


def test_the_clouds_schema_stands_behind_the_first_instructions() -> None:
    system = (Segment("Be brief."), Segment("Late.", after=1))
    request = ask(output=JsonSchema("a", {"type": "object"}), system=system)
    sent = json.loads(get("ollama_cloud").chat(CLOUD, request).body)["messages"]
    assert [m["content"][:9] for m in sent] == ["Be brief.", "Answer wi", "hello", "Late."]


# --- lists of models ---


def test_models_are_listed_with_what_is_known_of_them() -> None:
    adapter = get("ollama")
    outgoing = adapter.list_models(LOCAL)
    assert outgoing is not None
    with OllamaServer() as server:
        status, body = fetched("ollama", outgoing, server)
    found, cursor = adapter.read_models(body)
    assert (status, cursor, [info.id for info in found]) == (200, None, list(MODELS))
    assert found[0] == ModelInfo(
        MODEL, context_length=40960, capabilities=("completion", "tools", "thinking")
    )
    assert found[1] == ModelInfo("gemma3:4b")


def test_a_model_without_a_name_goes_by_its_model() -> None:
    assert models({"model": "a:1b"}, {"size": 3}) == [ModelInfo("a:1b")]


def test_a_server_without_models_lists_none() -> None:
    assert get("ollama").read_models(b'{"models": null}') == ([], None)


@pytest.mark.parametrize("body", [b"Ollama is running", b"{}", b"[]", b'{"models": 5}', b"\xff"])
def test_what_is_no_list_of_models_is_a_protocol_failure(body: bytes) -> None:
    assert failure_of_models(body).kind is ErrorKind.PROTOCOL


def test_an_error_instead_of_a_list_is_told() -> None:
    assert "disk is full" in failure_of_models(b'{"error": "disk is full"}').message


# --- the check of a key ---


def test_a_daemon_has_no_key_to_check() -> None:
    assert get("ollama").check(LOCAL) is None


@pytest.mark.parametrize(("secret", "status"), [("k1", 200), ("k2", 401)])
def test_the_cloud_has_a_free_call_that_proves_the_key(secret: str, status: int) -> None:
    outgoing = get("ollama_cloud").check(CLOUD)
    assert outgoing is not None
    with OllamaServer() as server:
        server.key = "k1"
        assert fetched("ollama_cloud", outgoing, server, secret)[0] == status


# --- embeddings ---


def test_texts_are_embedded() -> None:
    adapter = get("ollama")
    request = EmbeddingRequest("nomic-embed-text", ("a", "b"))
    with OllamaServer() as server:
        status, body = fetched("ollama", adapter.embed(LOCAL, request), server)
        assert server.last.path == "/api/embed"
    assert status == 200
    assert adapter.read_embeddings(request, body) == EmbeddingResult(
        [[0.6, 0.8], [0.6, 0.8]], "nomic-embed-text", 8
    )


def test_nothing_of_an_input_is_cut_unless_the_operator_says_so() -> None:
    assert embedding("a") == {"model": "nomic-embed-text", "input": ["a"], "truncate": False}
    loose = Endpoint("local", "ollama", "http://x", options={"truncate": True})
    assert embedding("a", endpoint=loose)["truncate"] is True


def test_dimensions_and_the_providers_settings_are_sent() -> None:
    own = Endpoint("local", "ollama", "http://x", options={"num_ctx": 8192, "keep_alive": "0"})
    sent = embedding("a", endpoint=own, dimensions=256)
    assert (sent["dimensions"], sent["options"], sent["keep_alive"]) == (256, {"num_ctx": 8192}, 0)


def test_the_clouds_embedding_models_have_no_suffix_either() -> None:
    request = EmbeddingRequest("embed:cloud", ("a",))
    assert json.loads(get("ollama_cloud").embed(CLOUD, request).body)["model"] == "embed"


def test_a_user_is_reported_as_dropped() -> None:
    request = EmbeddingRequest("m", ("a",), user="u1")
    assert get("ollama").embed(LOCAL, request).dropped == ("user",)


def test_token_ids_are_refused() -> None:
    with pytest.raises(ProviderError) as caught:
        embedding((1, 2), (3,))
    assert caught.value.failure.kind is ErrorKind.UNSUPPORTED
    assert caught.value.failure.param == "input"


def test_an_embedding_answer_without_a_model_goes_by_the_asked_one() -> None:
    assert read_embeddings({"embeddings": [[1]]}, "a") == EmbeddingResult([[1.0]], "asked", 0)


@pytest.mark.parametrize(
    "answer", [{}, [], {"embeddings": "x"}, {"embeddings": [["x"]]}, {"error": "no"}]
)
def test_what_is_no_embedding_answer_is_a_protocol_failure(answer: Any) -> None:
    with pytest.raises(ProviderError) as caught:
        read_embeddings(answer, "a")
    assert caught.value.failure.kind is ErrorKind.PROTOCOL


def test_missing_vectors_are_a_protocol_failure() -> None:
    with pytest.raises(ProviderError) as caught:
        read_embeddings({"embeddings": [[1.0]]}, "a", "b")
    assert caught.value.failure.kind is ErrorKind.PROTOCOL
    assert "1 vectors for 2 inputs" in caught.value.failure.message
