"""Repair with passages in play: citations are looked up, and nothing is handed below its label."""

from typing import Any

import httpx
import pytest

from tests.lakehouse.gateway.governed import ladder
from tests.lakehouse.gateway.knowledge.knowing import (
    CLOSE,
    OPEN,
    VAULT,
    ask,
    document,
    nothing_known,
    nothing_live,
    policy,
    prompt,
)
from tests.serving import Gateway, body
from tests.upstreams.base import Answer
from tests.upstreams.openai import OpenAIServer
from tests.upstreams.openai import document as answered

SECRET, PLAIN = "How deep is the osprey vault?", "When does the gannet ferry leave?"
WANTED = {"response_format": {"type": "json_object"}}


@pytest.fixture(scope="module")
def facts(shared_knowing: Gateway) -> str:
    served = shared_knowing
    nothing_live(served)
    nothing_known(served)
    policy(served, "retrieval", "mended")
    document(served, "Vault", "The osprey vault is nine floors deep.", "confidential")
    document(served, "Ferry", "The gannet ferry leaves at noon.", "public")
    ladder(served, "downwards", {"provider_id": OPEN})
    ladder(served, "sideways", {"provider_id": CLOSE})
    ladder(
        served,
        "down-and-up",
        {"provider_id": OPEN, "on_answers": ["invalid"]},
        {"provider_id": VAULT},
    )
    return served.live_key(clearance="restricted")


def says(upstream: OpenAIServer, *texts: str) -> None:
    upstream.next(*(Answer.of(answered(text)) for text in texts))


def mended(served: Gateway, token: str, text: str, provider: str, **fields: Any) -> httpx.Response:
    return ask(
        served, text, token, provider=provider, retrieval="mended", repair=1, **WANTED, **fields
    )


def test_a_citation_of_what_was_not_given_is_sent_back(
    knowing: Gateway, second_upstream: OpenAIServer, facts: str
) -> None:
    says(second_upstream, "At noon [p7].", "At noon [p1].")
    sent = body("", PLAIN) | {"provider": VAULT, "retrieval": "mended", "validators": ["citations"]}
    del sent["model"]
    with knowing.client(facts) as client:
        found = client.post("/v1/iterate", json=sent).json()
    assert [e["kind"] for e in found["attempts"][0]["errors"]] == ["consistency"]
    assert found["answer"]["choices"][0]["message"]["content"] == "At noon [p1]."


def test_without_retrieval_any_citation_is_of_nothing(
    knowing: Gateway, second_upstream: OpenAIServer, facts: str
) -> None:
    says(second_upstream, "At noon [p1].", "Still [p1].")
    sent = body("vault", PLAIN) | {"validators": ["citations"], "max_iterations": 1}
    with knowing.client(facts) as client:
        assert client.post("/v1/iterate", json=sent).status_code == 422


def test_an_answer_from_passages_above_the_next_rungs_clearance_is_not_handed_on(
    knowing: Gateway, upstream: OpenAIServer, second_upstream: OpenAIServer, facts: str
) -> None:
    says(second_upstream, "CANARY-ONE nine", "CANARY-TWO nine")
    says(upstream, "{}")
    answer = mended(knowing, facts, SECRET, VAULT, ladder="downwards")
    assert answer.headers["x-lakehouse-provider"] == OPEN
    assert "CANARY" not in prompt(upstream)
    assert "CANARY" in prompt(second_upstream)
    assert knowing.call(answer.headers["x-request-id"])["label"] == "public"


@pytest.mark.parametrize(("text", "ladder_name"), [(PLAIN, "downwards"), (SECRET, "sideways")])
def test_what_the_next_rung_may_see_is_handed_on(
    knowing: Gateway,
    upstream: OpenAIServer,
    second_upstream: OpenAIServer,
    facts: str,
    text: str,
    ladder_name: str,
) -> None:
    says(second_upstream, "CANARY-ONE", "CANARY-TWO")
    next_one = upstream if ladder_name == "downwards" else second_upstream
    says(next_one, "{}")
    mended(knowing, facts, text, VAULT, ladder=ladder_name)
    assert "CANARY-ONE" in prompt(next_one)
    assert "CANARY-TWO" in prompt(next_one)


def test_a_later_rung_that_may_see_it_gets_it_and_its_answer_has_its_label(
    knowing: Gateway, upstream: OpenAIServer, second_upstream: OpenAIServer, facts: str
) -> None:
    says(second_upstream, "CANARY-ONE", "CANARY-TWO", "{}")
    says(upstream, "no JSON")
    answer = mended(knowing, facts, SECRET, CLOSE, ladder="down-and-up")
    assert "CANARY" not in prompt(upstream)
    assert "CANARY-TWO" in prompt(second_upstream)
    assert "no JSON" in prompt(second_upstream)
    assert knowing.call(answer.headers["x-request-id"])["label"] == "confidential"


def test_a_session_keeps_the_last_answer_only(
    knowing: Gateway, second_upstream: OpenAIServer, facts: str
) -> None:
    policy(knowing, "memory", "mended")
    says(second_upstream, "no JSON", '{"kept": 1}')
    fields = {"memory": "mended", "session_id": "mended"}
    mended(knowing, facts, "First.", VAULT, **fields)
    ask(knowing, "Second.", facts, **fields)
    said = [m["content"] for m in second_upstream.last.json["messages"] if m["role"] != "system"]
    assert said == ["First.", '{"kept": 1}', "Second."]
