"""The Kimi adapter against a loopback server, and what a provider of its kind starts with."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from providers import adapters
from providers.errors import ErrorKind, ProviderError
from providers.events import End, Event
from providers.messages import EmbeddingRequest, ModelInfo
from tests.conversation import (
    ask,
    converse,
    endpoint_for,
    failure_of,
    reasoning_of,
    text_of,
)
from tests.upstreams.base import Answer, sse
from tests.upstreams.kimi import MODEL, MODELS, KimiServer, chunk, error

ADAPTER = adapters.get("kimi")


@pytest.fixture
def server() -> Iterator[KimiServer]:
    with KimiServer() as running:
        yield running


def talk(server: KimiServer, secret: str = "", stream: bool = True, **endpoint: Any) -> list[Event]:
    asked = endpoint_for("kimi", server, "/coding/v1", **endpoint)
    return converse(asked, ask(model=MODEL, stream=stream), server, secret)


@pytest.mark.parametrize("stream", [True, False])
def test_a_question_is_streamed_whatever_the_client_wants(server: KimiServer, stream: bool) -> None:
    events = talk(server, stream=stream)
    assert (reasoning_of(events), text_of(events)) == ("Let me see.", "Hello there")
    assert events[-1] == End()
    assert server.last.json["stream"] is True


def test_the_gate_is_told_and_never_tried_again(server: KimiServer) -> None:
    server.gate = True
    failure = failure_of(talk(server))
    assert failure.kind is ErrorKind.GATE
    assert not failure.retryable and not failure.failover
    assert len(server.ledger) == 1


def test_the_user_agent_is_our_own_unless_the_operator_says_otherwise(server: KimiServer) -> None:
    talk(server)
    assert server.last.headers["user-agent"].startswith("lakehouse/")
    talk(server, user_agent="KimiCLI/1.0")
    assert server.last.headers["user-agent"] == "KimiCLI/1.0"


def test_a_wrong_key_names_the_base_url_that_was_used(server: KimiServer) -> None:
    server.key = "k-1"
    failure = failure_of(talk(server, secret="k-2"))
    assert failure.kind is ErrorKind.AUTH
    assert f"{server.url}/coding/v1" in failure.message


def test_an_error_inside_the_stream_is_told(server: KimiServer) -> None:
    pieces = sse(chunk(content="a"), error("busy", "engine_overloaded_error"), done=False)
    server.next(Answer.stream(pieces))
    assert failure_of(talk(server)).kind is ErrorKind.OVERLOADED


def test_a_gateway_page_for_a_large_body_is_told(server: KimiServer) -> None:
    server.next(Answer.of(b"<html>413</html>", status=413, content_type="text/html"))
    assert failure_of(talk(server)).kind is ErrorKind.TOO_LARGE


def test_a_stream_that_breaks_off_is_told(server: KimiServer) -> None:
    server.next(Answer.stream(sse(chunk(content="a"), done=False), framing="close"))
    assert failure_of(talk(server)).kind is ErrorKind.PROTOCOL


# --- a provider of this kind ---


def test_it_starts_as_the_coding_plan_unattended_off() -> None:
    starts = ADAPTER.defaults
    assert (starts.base_url, starts.auth) == ("https://api.kimi.com/coding/v1", "KIMI_API_KEY")
    assert (starts.total_timeout, starts.min_output_tokens) == (600.0, 1500)
    assert starts.unattended is False


def test_the_key_is_bound_to_the_vendors_hosts() -> None:
    assert ADAPTER.hosts == {
        "api.kimi.com",
        "api.kimi.ai",
        "api.moonshot.ai",
        "api.moonshot.cn",
    }


@pytest.mark.parametrize(
    ("base_url", "gated"),
    [
        ("https://api.kimi.com/coding/v1", True),
        ("https://api.kimi.ai/coding/v1", True),
        ("https://API.KIMI.COM/other", True),
        ("http://127.0.0.1:9/coding/v1", True),
        ("https://api.moonshot.ai/v1", False),
        ("https://api.moonshot.cn/v1", False),
    ],
)
def test_the_coding_plan_admits_interactive_use_only(base_url: str, gated: bool) -> None:
    assert ADAPTER.gated(base_url) is gated


def test_a_model_is_read_with_what_it_can_do() -> None:
    (found,), _ = ADAPTER.read_models(json.dumps(MODELS).encode())
    assert found == ModelInfo(MODEL, 1048576, None, ("tools", "thinking", "vision"))


def test_there_are_no_embeddings() -> None:
    asked = EmbeddingRequest("m", ("a",))
    for attempt in (
        lambda: ADAPTER.embed(endpoint_for("kimi", KimiServer()), asked),
        lambda: ADAPTER.read_embeddings(asked, b"{}"),
    ):
        with pytest.raises(ProviderError) as raised:
            attempt()
        assert raised.value.failure.kind is ErrorKind.UNSUPPORTED
