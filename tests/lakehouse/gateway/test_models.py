"""GET /v1/models and /v1/models/{id}: what a key may call, in OpenAI's shape."""

from typing import Any

from tests.lakehouse.gateway.house import LISTED
from tests.serving import Gateway


def listed(served: Gateway, token: str | None = None) -> list[dict[str, Any]]:
    with served.client(token) as client:
        answer = client.get("/v1/models").json()
    assert answer["object"] == "list"
    models: list[dict[str, Any]] = answer["data"]
    return models


def test_a_model_has_openais_shape(served: Gateway) -> None:
    (model,) = [m for m in listed(served) if m["id"] == "openrouter/anthropic/claude-test"]
    assert model == {
        "id": "openrouter/anthropic/claude-test",
        "object": "model",
        "created": 0,
        "owned_by": "openrouter",
    }


def test_a_providers_whole_list_is_there(served: Gateway) -> None:
    names = [m["id"] for m in listed(served) if m["owned_by"] == "ollama"]
    assert names == [f"ollama/{name}" for name in LISTED["ollama"]]


def test_a_provider_without_a_list_shows_its_default(served: Gateway) -> None:
    assert [m["id"] for m in listed(served) if m["owned_by"] == "spare"] == ["spare/spare-model"]


def test_a_provider_without_list_and_default_shows_nothing(served: Gateway) -> None:
    assert "nameless" not in {m["owned_by"] for m in listed(served)}


def test_a_key_sees_only_what_it_may_use(served: Gateway) -> None:
    token = served.live_key(allowed_providers=["spare", "echo"])
    assert {m["owned_by"] for m in listed(served, token)} == {"spare", "echo"}


def test_one_model_is_read_by_its_id(served: Gateway) -> None:
    with served.client() as client:
        answer = client.get("/v1/models/openrouter/meta/llama-test:free")
    assert answer.status_code == 200
    assert answer.json()["owned_by"] == "openrouter"


def test_one_model_that_the_key_may_not_use_is_not_found(served: Gateway) -> None:
    with served.client(served.live_key(allowed_providers=["spare"])) as client:
        answer = client.get("/v1/models/openrouter/meta/llama-test:free")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "model_not_found"


def test_the_list_needs_a_key(served: Gateway) -> None:
    with served.client("") as client:
        assert client.get("/v1/models").status_code == 401


def test_the_list_is_no_call_in_the_ledger(served: Gateway) -> None:
    before = served.rows("SELECT count(*) AS n FROM gateway_call")
    listed(served)
    assert served.rows("SELECT count(*) AS n FROM gateway_call") == before


def test_alive_and_ready_need_no_key(served: Gateway) -> None:
    with served.client("") as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        ready = client.get("/readyz")
    assert ready.status_code == 200
    assert (ready.json()["ready"], ready.json()["database"]) == (True, "ok")
