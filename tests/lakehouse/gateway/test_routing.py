"""Which provider and model a request gets: the order, the near matches, the refusals."""

import json
from typing import Any

import pytest

from tests.serving import Gateway, body
from tests.upstreams.base import UpstreamServer

Upstreams = dict[str, UpstreamServer]


def refused(served: Gateway, model: str | None, **fields: Any) -> tuple[int, dict[str, Any]]:
    sent = body("", **fields)
    sent.pop("model") if model is None else sent.update(model=model)
    with served.client() as client:
        answer = client.post("/v1/chat", json=sent)
    return answer.status_code, answer.json()["error"]


def asked(upstreams: Upstreams, kind: str) -> str:
    """The model that this upstream, and no other, was asked for."""
    assert [name for name, server in upstreams.items() if server.ledger] == [kind]
    return str(upstreams[kind].last.json["model"])


# --- in this order ---


def test_the_provider_field_comes_before_all_else(served: Gateway, upstreams: Upstreams) -> None:
    served.chat("gpt-test", provider="openrouter")
    assert asked(upstreams, "openrouter") == "gpt-test"


def test_a_provider_alone_gives_its_default_model(served: Gateway, upstreams: Upstreams) -> None:
    with served.client() as client:
        client.post("/v1/chat", content=json.dumps(body("") | {"model": None, "provider": "kimi"}))
    assert asked(upstreams, "kimi") == "kimi-for-coding"


def test_a_providers_name_as_model_gives_its_default_model(
    served: Gateway, upstreams: Upstreams
) -> None:
    served.chat("openrouter")
    assert asked(upstreams, "openrouter") == "anthropic/claude-test"


def test_a_prefix_names_the_provider_whatever_it_lists(
    served: Gateway, upstreams: Upstreams
) -> None:
    served.chat("openai_compatible/not-in-any-list")
    assert asked(upstreams, "openai_compatible") == "not-in-any-list"


def test_a_prefix_comes_before_another_providers_list(served: Gateway) -> None:
    answer = served.chat("echo/of-another")
    assert answer.headers["x-lakehouse-provider"] == "echo"


def test_only_the_first_step_of_a_name_is_a_prefix(served: Gateway, upstreams: Upstreams) -> None:
    served.chat("openrouter/meta/llama-test:free")
    assert asked(upstreams, "openrouter") == "meta/llama-test:free"


def test_a_bare_name_goes_to_the_provider_that_lists_it(
    served: Gateway, upstreams: Upstreams
) -> None:
    served.chat("gpt-test-mini")
    assert asked(upstreams, "openai_compatible") == "gpt-test-mini"


def test_a_vendors_model_goes_as_it_is_to_the_provider_that_lists_it(
    served: Gateway, upstreams: Upstreams
) -> None:
    served.chat("anthropic/claude-test")
    assert asked(upstreams, "openrouter") == "anthropic/claude-test"


def test_a_name_in_two_lists_goes_to_one_that_the_key_may_use(
    served: Gateway, upstreams: Upstreams
) -> None:
    token = served.live_key(allowed_providers=["ollama"])
    with served.client(token) as client:
        client.post("/v1/chat", json=body("in-two-lists"))
    assert asked(upstreams, "ollama") == "in-two-lists"


@pytest.mark.parametrize("model", ["gpt-test", "openai_compatible/gpt-test"])
def test_a_provider_and_a_model_with_its_own_prefix_are_one_model(
    served: Gateway, upstreams: Upstreams, model: str
) -> None:
    served.chat(model, provider="openai_compatible")
    assert asked(upstreams, "openai_compatible") == "gpt-test"


def test_a_provider_and_a_model_with_another_prefix_are_taken_as_they_are(
    served: Gateway, upstreams: Upstreams
) -> None:
    served.chat("openai_compatible/gpt-test", provider="openrouter")
    assert asked(upstreams, "openrouter") == "openai_compatible/gpt-test"


# --- what there is not ---


def test_an_unknown_model_is_404_with_near_matches(served: Gateway) -> None:
    status, error = refused(served, "gpt-tset-mini")
    assert (status, error["code"], error["param"]) == (404, "model_not_found", "model")
    assert "Did you mean openai_compatible/gpt-test-mini" in error["message"]


def test_an_unknown_provider_is_404_with_near_matches(served: Gateway) -> None:
    status, error = refused(served, "m", provider="opnrouter")
    assert (status, error["code"], error["param"]) == (404, "provider_not_found", "provider")
    assert "Did you mean openrouter" in error["message"]


def test_a_model_near_to_nothing_gets_the_list_of_what_there_is(served: Gateway) -> None:
    _, error = refused(served, "zzzzzzzz")
    assert "There are: " in error["message"]
    assert "GET /v1/models" in error["message"]


def test_no_model_and_no_provider_is_400(served: Gateway) -> None:
    status, error = refused(served, None)
    assert (status, error["code"], error["param"]) == (400, "model_required", "model")


def test_a_provider_without_a_default_needs_a_model(served: Gateway) -> None:
    status, error = refused(served, "nameless")
    assert (status, error["code"]) == (400, "model_required")
    assert "nameless has no default model" in error["message"]


@pytest.mark.parametrize("model", ["off", "off/m"])
def test_a_switched_off_provider_is_503(served: Gateway, model: str) -> None:
    status, error = refused(served, model)
    assert (status, error["code"]) == (503, "provider_disabled")


def test_a_switched_off_providers_list_finds_nothing(served: Gateway) -> None:
    assert refused(served, "only-at-off")[0] == 404


# --- whom a key may ask ---


@pytest.mark.parametrize("model", ["echo", "echo/echo"])
def test_a_provider_that_the_key_may_not_use_is_403(served: Gateway, model: str) -> None:
    token = served.live_key(allowed_providers=["spare"])
    with served.client(token) as client:
        answer = client.post("/v1/chat", json=body(model))
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "provider_not_allowed"
    assert "It may use: spare" in answer.json()["error"]["message"]


def test_near_matches_do_not_show_what_the_key_may_not_use(served: Gateway) -> None:
    token = served.live_key(allowed_providers=["spare"])
    with served.client(token) as client:
        answer = client.post("/v1/chat", json=body("gpt-tset-mini"))
    assert answer.status_code == 404
    assert "openai_compatible" not in answer.text


def test_a_missing_secret_is_503_that_names_its_reference(
    served: Gateway, upstreams: Upstreams
) -> None:
    status, error = refused(served, "locked")
    assert (status, error["code"]) == (503, "provider_secret_missing")
    assert "TEST_ABSENT_KEY" in error["message"]
    assert upstreams["openai_compatible"].ledger == []
