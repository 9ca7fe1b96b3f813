"""POST /v1/iterate: a report around the answer, 422 where none is valid."""

from typing import Any

import httpx
import pytest

from tests.lakehouse.gateway.governed import profile
from tests.lakehouse.gateway.test_repair import BAD, GOOD, SCHEMA, A, ledger, scripted
from tests.serving import Gateway, body
from tests.upstreams.openai import OpenAIServer

HELD = [{"json_schema": {"schema": SCHEMA}}]


def iterate(served: Gateway, **fields: Any) -> httpx.Response:
    sent = {"provider": A, "validators": HELD} | body("m", "Count.") | fields
    with served.client() as client:
        return client.post("/v1/iterate", json=sent)


def test_a_valid_answer_comes_with_how_it_came_about(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    scripted(upstream, BAD, GOOD)
    answer = iterate(governed)
    found = answer.json()
    assert (answer.status_code, found["object"], found["valid"]) == (
        200,
        "lakehouse.iteration",
        True,
    )
    assert found["answer"]["choices"][0]["message"]["content"] == GOOD
    assert [len(attempt["errors"]) for attempt in found["attempts"]] == [1, 0]
    assert answer.headers["x-lakehouse-provider"] == A


def test_none_that_is_valid_is_a_422_with_the_last_and_all_errors(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    scripted(upstream, "no JSON", BAD, "{}")
    answer = iterate(governed, max_iterations=2)
    found = answer.json()
    assert (answer.status_code, found["error"]["code"]) == (422, "invalid_answer")
    assert [e["message"] for e in found["error"]["errors"]] == ['"n" is missing.']
    assert found["answer"]["choices"][0]["message"]["content"] == "{}"
    assert [a["errors"][0]["path"] for a in found["attempts"]] == ["$", "$.n", "$"]
    assert ledger(governed, answer) == [(A, "failed", "invalid_answer")] * 3
    row = governed.call(answer.headers["x-request-id"])
    assert (row["outcome"], row["status"], row["error_kind"]) == ("failed", 422, "invalid_answer")
    assert row["invalid"] == found["error"]["errors"]


def test_its_validators_take_the_place_of_the_profiles_of_the_same_name(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    name = profile(
        governed, "iterated", provider_id=A, validators=["json", {"max_length": {"words": 1}}]
    )
    scripted(upstream, '{"n": 1}')
    validators = [{"max_length": {"words": 9}}]
    sent = body("") | {"profile": name, "validators": validators}
    del sent["model"]
    with governed.client() as client:
        assert client.post("/v1/iterate", json=sent).status_code == 200


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"validators": []}, "validators"),
        ({"validators": ["jsn"]}, "validators"),
        ({"validators": [{"json_schema": {}}]}, "validators"),
        ({"stream": True}, "stream"),
        ({"repair": 1}, "repair"),
        ({"max_iterations": 6}, "max_iterations"),
        ({"max_iterations": 0}, "max_iterations"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anyone_is_asked(
    governed: Gateway, upstream: OpenAIServer, fields: dict[str, Any], param: str
) -> None:
    answer = iterate(governed, **fields)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert upstream.ledger == []


def test_an_upstream_that_fails_at_once_is_its_own_error(governed: Gateway) -> None:
    answer = iterate(governed, provider="refusing")
    assert (answer.status_code, answer.json()["error"]["kind"]) == (400, "content_filter")
