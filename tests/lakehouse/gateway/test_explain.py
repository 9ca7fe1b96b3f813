"""What a request would do: told without asking anybody."""

from typing import Any

import httpx

from tests.lakehouse.gateway.governed import FAILING, ladder, profile
from tests.serving import Gateway, body
from tests.upstreams.openai import OpenAIServer

A = "openai_compatible-a"


def explain(served: Gateway, **fields: Any) -> httpx.Response:
    sent = {k: v for k, v in (body("") | fields).items() if v != ""}
    with served.client() as client:
        return client.post("/v1/chat/explain", json=sent)


def test_it_resolves_profile_tries_and_parameters_without_a_call(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    rungs = {"provider_id": "off"}, {"provider_id": "echo", "parameters": {"temperature": 0}}
    ladder(governed, "explained", *rungs)
    profile(governed, "shown", provider_id=A, temperature=0.4, ladder_id="explained")
    told = explain(governed, profile="shown", top_p=0.5, verbosity="low").json()
    assert (told["profile"], told["provider"], told["model"]) == ("shown@1", A, "m")
    assert [t["skipped"]["reason"] if t["skipped"] else None for t in told["tries"]] == [
        None,
        "disabled",
        None,
    ]
    assert (
        told["tries"][0]["parameters"] | {"temperature": 0.4, "top_p": 0.5}
        == (told["tries"][0]["parameters"])
    )
    assert told["tries"][2]["parameters"]["temperature"] == 0
    assert told["tries"][2]["dropped"] == ["verbosity"]
    assert told["tries"][0]["key"]["present"]
    assert not upstream.ledger


def test_it_refuses_as_the_call_would(governed: Gateway) -> None:
    answer = explain(governed, profile="absent")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "profile_not_found")


def test_a_prompt_and_where_keys_are_kept_are_for_those_who_manage(governed: Gateway) -> None:
    profile(governed, "secretive", provider_id="echo", system_prompt="Our ways.")
    asked = body("") | {"model": None, "profile": "secretive"}
    with governed.client(governed.live_key(may_manage=True)) as client:
        told = client.post("/v1/chat/explain", json=asked).json()
    assert (told["system_prompt"], "detail" in told["tries"][0]["key"]) == ("Our ways.", True)
    told = explain(governed, profile="secretive").json()
    assert "Our ways." not in str(told)
    assert told["tries"][0]["key"] == {"present": True}


def test_it_says_what_strict_would_refuse(governed: Gateway) -> None:
    told = explain(governed, provider="echo", strict=True, verbosity="low").json()
    assert told["tries"][0]["refused"]["param"] == "verbosity"


def test_an_image_by_url_is_not_fetched(governed: Gateway, upstream: OpenAIServer) -> None:
    image = {"type": "image_url", "image_url": {"url": f"{upstream.url}/cat.png"}}
    messages = [{"role": "user", "content": [image]}]
    assert explain(governed, provider=A, model="m", messages=messages).status_code == 200
    assert not upstream.ledger


def test_it_shows_an_open_breaker(governed: Gateway) -> None:
    name = ladder(governed, "broken", {"provider_id": FAILING[-1]}, {"provider_id": "echo"})
    with governed.client() as client:
        for _ in range(3):
            client.post("/v1/chat", json=body("", provider=FAILING[-1]) | {"model": None})
    told = explain(governed, ladder=name).json()["tries"][0]
    assert (told["breaker"], told["skipped"]["reason"]) == ("open", "breaker")


def test_the_command_says_the_same(governed: Gateway) -> None:
    profile(governed, "commanded", provider_id="echo")
    said = governed.manage("explain", "hello", "--profile", "commanded")
    assert "commanded@1" in said
    assert "yes" in said
