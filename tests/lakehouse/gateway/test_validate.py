"""POST /v1/validate: 200 a report, 422 typed errors, 400 what cannot be used."""

import threading
from typing import Any

import httpx
import pytest

from lakehouse.errors import ApiError
from lakehouse.gateway.views.validate import refuse_unusable
from lakehouse.validation.registry import built
from lakehouse.validation.report import report
from lakehouse.validation.subject import Subject
from profiles.execution.validators import named
from tests.serving import Gateway

SCHEMA = {"type": "object", "required": ["n"]}


def validate(served: Gateway, content: Any, **fields: Any) -> httpx.Response:
    with served.client() as client:
        return client.post("/v1/validate", json={"content": content} | fields)


def test_what_passes_is_a_report(governed: Gateway) -> None:
    answer = validate(governed, '{"n": 1}', kind="json_schema", schema=SCHEMA)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "object": "lakehouse.validation",
            "valid": True,
            "validators": ["json_schema"],
            "errors": [],
        },
    )


def test_that_others_are_being_validated_is_not_the_callers_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("profiles.execution.apart.running.SECS", 0.0)
    monkeypatch.setattr("profiles.execution.apart.running._places", threading.Semaphore(0))
    found = report(built(named([{"regex": {"must_match": "a"}}])), Subject("a"))
    with pytest.raises(ApiError) as caught:
        refuse_unusable(found)
    assert (caught.value.status, caught.value.code) == (503, "validators_busy")


def test_what_does_not_is_a_422_with_typed_errors(governed: Gateway) -> None:
    held = ["json", {"required_fields": {"fields": ["n", "who.name"]}}]
    answer = validate(governed, {"n": 0, "who": {}}, validators=held)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (
        422,
        "invalid_content",
        "content",
    )
    assert error["errors"] == [
        {
            "validator": "required_fields",
            "kind": "completeness",
            "path": "$.who.name",
            "message": "It is missing.",
        }
    ]
    assert error["validators"] == ["json", "required_fields"]
    assert error["request_id"] == answer.headers["x-request-id"]


def test_citations_are_looked_up_in_the_context(governed: Gateway) -> None:
    given: dict[str, Any] = {"citations": [{"id": "p1", "title": "as an answer tells it"}, "p2"]}
    passes = validate(governed, "It is so [p1, p2].", kind="citations", context=given)
    fails = validate(governed, "It is so [p3].", kind="citations", context=given)
    assert (passes.status_code, fails.status_code) == (200, 422)
    assert fails.json()["error"]["errors"][0]["kind"] == "consistency"


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"kind": "jsn"}, "unknown_validator", "kind"),
        ({"validators": ["jsn"]}, "unknown_validator", "validators"),
        ({"kind": "json_schema"}, "invalid_validator", "kind"),
        ({"kind": "json_schema", "schema": {"type": "x"}}, "invalid_validator", "json_schema"),
        ({"kind": "regex", "settings": {"must_match": "("}}, "invalid_validator", "regex"),
        ({}, "invalid_request", "kind"),
        ({"schema": {}}, "invalid_request", "kind"),
        ({"kind": "json", "shema": {}}, "unknown_field", "shema"),
        (
            {"kind": "json", "context": {"citations": [3]}},
            "invalid_request",
            "context.citations[0]",
        ),
    ],
)
def test_what_cannot_be_used_is_a_400(
    governed: Gateway, fields: dict[str, Any], code: str, param: str
) -> None:
    answer = validate(governed, "1", **fields)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, code, param)


def test_it_needs_a_key(governed: Gateway) -> None:
    with governed.client("") as client:
        assert client.post("/v1/validate", json={"content": "1", "kind": "json"}).status_code == 401


def test_it_is_described_with_its_typed_errors(governed: Gateway) -> None:
    with governed.client() as client:
        told = client.get("/api/schema/?format=json").json()
    described = told["paths"]["/v1/validate"]["post"]["responses"]["422"]
    content = described["content"]["application/json"]["schema"]["properties"]["error"]
    kinds = content["properties"]["errors"]["items"]["properties"]["kind"]["enum"]
    assert kinds == ["schema", "completeness", "consistency", "policy"]
    assert "/v1/iterate" in told["paths"]


def test_it_counts_as_a_request_of_its_key(governed: Gateway) -> None:
    token = governed.live_key(requests_per_minute=1)
    sent = {"content": "1", "kind": "json"}
    with governed.client(token) as client:
        statuses = [client.post("/v1/validate", json=sent).status_code for _ in range(2)]
    assert statuses == [200, 429]
