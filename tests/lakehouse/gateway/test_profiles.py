"""Profiles as calls get them: what they set, what a call may override, what is told."""

from typing import Any

import httpx

from tests.lakehouse.gateway.governed import activate, profile
from tests.serving import Gateway, body
from tests.upstreams.openai import OpenAIServer

A = "openai_compatible-a"


def ask(served: Gateway, token: str = "", **fields: Any) -> httpx.Response:
    sent = body("") | fields
    if not sent["model"]:
        del sent["model"]
    with served.client(token or None) as client:
        return client.post("/v1/chat", json=sent)


def test_a_profile_sets_provider_model_and_parameters(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    name = profile(governed, "set", provider_id=A, model="m9", temperature=0.3, stop=["END"])
    ask(governed, profile=name)
    sent = upstream.last.json
    assert (sent["model"], sent["temperature"], sent["stop"]) == ("m9", 0.3, ["END"])


def test_a_calls_own_parameters_win(governed: Gateway, upstream: OpenAIServer) -> None:
    name = profile(governed, "won", provider_id=A, temperature=0.3, max_output_tokens=900)
    ask(governed, profile=name, temperature=1.5)
    sent = upstream.last.json
    assert sent["temperature"] == 1.5
    assert 900 in (sent.get("max_tokens"), sent.get("max_completion_tokens"))


def test_the_system_prompt_comes_before_the_callers_and_is_literal(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    name = profile(governed, "prompt", provider_id=A, system_prompt="Be {brief} $NOW.")
    ask(
        governed,
        profile=name,
        messages=[{"role": "system", "content": "Caller's."}, {"role": "user", "content": "hi"}],
    )
    said = [message["content"] for message in upstream.last.json["messages"]]
    assert said == ["Be {brief} $NOW.", "Caller's.", "hi"]


def test_the_output_floor_is_applied_and_told(governed: Gateway, upstream: OpenAIServer) -> None:
    name = profile(governed, "floor", provider_id=A, output_floor=700)
    answer = ask(governed, profile=name, max_tokens=5)
    sent = upstream.last.json
    assert 700 in (sent.get("max_tokens"), sent.get("max_completion_tokens"))
    assert "700" in answer.headers["x-lakehouse-output-floor"] or "700" in str(answer.headers)


def test_the_answer_and_the_ledger_name_the_revision(governed: Gateway) -> None:
    name = profile(governed, "named", provider_id="echo")
    answer = ask(governed, profile=name)
    told = [answer.headers[f"x-lakehouse-{h}"] for h in ("profile", "provider", "attempts")]
    assert told == ["named@1", "echo", "1"]
    assert governed.call(answer.headers["x-request-id"])["revisions"] == {"execution": "named@1"}


def test_an_edit_is_not_what_traffic_gets_until_it_is_activated(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    name = profile(governed, "edited", provider_id=A, temperature=0.1)
    governed.rows("UPDATE profiles_executionprofile SET temperature = 0.9 WHERE name = %s", name)
    governed.caught_up()
    assert ask(governed, profile=name).headers["x-lakehouse-profile"] == "edited@1"
    assert upstream.last.json["temperature"] == 0.1
    activate(governed, name)
    assert ask(governed, profile=name).headers["x-lakehouse-profile"] == "edited@2"
    assert upstream.last.json["temperature"] == 0.9


def test_the_live_profile_serves_calls_that_name_none(governed: Gateway) -> None:
    profile(governed, "default", live=True, provider_id="echo")
    try:
        answer = ask(governed)
        streamed = ask(governed, stream=True)
    finally:
        governed.rows("UPDATE profiles_executionprofile SET live = false")
        governed.caught_up()
    assert answer.headers["x-lakehouse-profile"] == "default@1"
    assert streamed.headers["x-lakehouse-profile"] == "default@1"


def test_a_tied_key_gets_its_profile_and_no_other(governed: Gateway) -> None:
    profile(governed, "tied", provider_id="echo")
    token = governed.live_key(profile_id="tied")
    assert ask(governed, token).headers["x-lakehouse-profile"] == "tied@1"
    assert ask(governed, token, profile="other").status_code == 403


def test_a_draft_that_was_never_activated_cannot_be_named(governed: Gateway) -> None:
    name = profile(governed, "undone", provider_id="echo")
    governed.rows(
        "UPDATE profiles_executionprofile SET activated_revision = NULL WHERE name = %s", name
    )
    governed.caught_up()
    answer = ask(governed, profile=name)
    assert answer.status_code == 404
    assert "never activated" in answer.json()["error"]["message"]


def test_profiles_are_listed_as_models(governed: Gateway) -> None:
    name = profile(governed, "listed", provider_id="echo")
    with governed.client() as client:
        assert name in [entry["id"] for entry in client.get("/v1/models").json()["data"]]
        assert client.get(f"/v1/models/{name}").json()["owned_by"] == "lakehouse"
    assert ask(governed, model=name).headers["x-lakehouse-profile"] == "listed@1"


def test_an_answer_that_fails_validation_says_so(governed: Gateway, upstream: OpenAIServer) -> None:
    name = profile(governed, "strictly", provider_id=A, validators=["json"])
    answer = ask(governed, profile=name)
    assert answer.status_code == 200
    assert answer.headers["x-lakehouse-invalid"].startswith("json: The answer is not one JSON")
