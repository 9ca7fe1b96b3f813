"""The Ollama adapter's free calls that load a model and let go of it."""

import json
from typing import Any

import pytest

from providers.adapters import KINDS, get
from providers.endpoint import Endpoint
from tests.providers.adapters.test_ollama_others import CLOUD, LOCAL, fetched
from tests.upstreams.ollama import MODEL, OllamaServer


def loading(model: str = MODEL, **options: Any) -> dict[str, Any] | None:
    endpoint = Endpoint("local", "ollama", "http://x", options=options)
    outgoing = get("ollama").load(endpoint, model)
    found: dict[str, Any] | None = json.loads(outgoing.body) if outgoing else None
    return found


def test_a_model_is_loaded_and_let_go_by_a_chat_without_messages() -> None:
    for outgoing in (get("ollama").load(LOCAL, MODEL), get("ollama").unload(LOCAL, MODEL)):
        assert outgoing is not None
        with OllamaServer() as server:
            status, body = fetched("ollama", outgoing, server)
            asked = server.last.json
        done = "unload" if asked.get("keep_alive") == 0 else "load"
        assert (status, json.loads(body)["done_reason"], asked["messages"]) == (200, done, [])


def test_a_model_is_loaded_as_calls_will_want_it() -> None:
    assert loading() == {"model": MODEL, "messages": [], "stream": False}
    sent = loading(keep_alive="30m", num_ctx=8192) or {}
    assert (sent["keep_alive"], sent["options"]) == ("30m", {"num_ctx": 8192})
    assert (loading(keep_alive="-1") or {})["keep_alive"] == -1


@pytest.mark.parametrize("none", ["0", "0s", "0m", "0.0s"])
def test_a_model_that_is_kept_for_no_time_is_not_loaded(none: str) -> None:
    assert loading(keep_alive=none) is None


def test_a_model_that_runs_in_the_cloud_is_not_loaded() -> None:
    assert loading("gpt-oss:120b-cloud") is None
    assert get("ollama").unload(LOCAL, "gpt-oss:cloud") is None
    assert get("ollama_cloud").load(CLOUD, MODEL) is None
    assert get("ollama_cloud").unload(CLOUD, MODEL) is None


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"ollama"}))
def test_no_other_kind_has_such_a_call(kind: str) -> None:
    endpoint = Endpoint("x", kind, "https://example.com")
    assert (get(kind).load(endpoint, "m"), get(kind).unload(endpoint, "m")) == (None, None)
