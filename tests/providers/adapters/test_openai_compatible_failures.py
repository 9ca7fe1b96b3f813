"""Every error row of `wire/openai.md`, and the bodies that other servers send instead."""

import json
from typing import Any

import pytest

from providers.errors import ErrorKind, failure
from tests.providers.adapters.openai_family import Family
from tests.upstreams.openai import error

SERVER = Family("openai_compatible", "http://localhost:8000/v1", "m")
ROWS = [
    (400, error("no", "invalid_request_error", "context_length_exceeded"), "context_length"),
    (400, error("no", "invalid_request_error", "unsupported_value"), "unsupported"),
    (400, error("no", "invalid_request_error", "unsupported_parameter"), "unsupported"),
    (400, error("no", "invalid_request_error"), "bad_request"),
    (400, error("no", code="content_policy_violation"), "content_filter"),
    (400, error("no", code="content_filter"), "content_filter"),
    (401, error("no", "invalid_request_error", "invalid_api_key"), "auth"),
    (401, error("no"), "auth"),
    (402, error("no"), "billing"),
    (403, error("Country, region, or territory not supported"), "permission"),
    (404, error("no", "invalid_request_error", "model_not_found"), "model_not_found"),
    (404, error("The model `x` does not exist."), "model_not_found"),
    (408, error("no"), "timeout"),
    (409, error("no"), "bad_request"),
    (413, error("no"), "too_large"),
    (422, error("no"), "bad_request"),
    (418, error("no"), "bad_request"),
    (429, error("no", "requests", "rate_limit_exceeded"), "rate_limit"),
    (429, error("Rate limit reached: too many tokens per min"), "rate_limit"),
    (429, error("no", "insufficient_quota", "insufficient_quota"), "billing"),
    (429, error("no", code="credit_balance_exhausted"), "billing"),
    (499, error("no"), "cancelled"),
    (500, error("no", "server_error"), "server"),
    (502, error("no", "server_error"), "server"),
    (503, error("no", code="slow_down"), "overloaded"),
    (503, error("no", code="server_is_overloaded"), "overloaded"),
    (504, b"", "timeout"),
    (524, b"", "timeout"),
    (529, b"", "overloaded"),
    (599, b"", "server"),
    # compatible servers
    (400, error("This model's maximum context length is 4096 tokens.", code=400), "context_length"),
    (400, error("no", "exceed_context_size_error", 400, n_ctx=4096), "context_length"),
    (503, error("Loading model", "unavailable_error", 503), "overloaded"),
    (400, {"error": "tool_choice must be a string"}, "bad_request"),
    (422, {"detail": [{"loc": ["body"], "msg": "field required"}]}, "bad_request"),
    (404, {"detail": "Not Found"}, "protocol"),
    (405, {"detail": "Method Not Allowed"}, "protocol"),
    (404, b"<html>nothing here</html>", "protocol"),
    (413, b"<html>413</html>", "too_large"),
]


@pytest.mark.parametrize(("status", "body", "kind"), ROWS)
def test_an_error_row_has_its_kind_and_the_bits_of_that_kind(
    status: int, body: Any, kind: str
) -> None:
    found, expected = SERVER.named(status, body), failure(ErrorKind(kind), "")
    assert (found.kind, found.status) == (kind, status)
    assert found.failover == expected.failover
    assert found.retryable == (expected.retryable or status == 409)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"error": "just text"}, "just text"),
        ({"detail": "from FastAPI"}, "from FastAPI"),
        ({"message": "bare"}, "bare"),
        ({"error": {"reason": "odd"}}, '{"reason":"odd"}'),
        ([{"error": {"message": "in a list"}}], "in a list"),
        ("a string", "a string"),
        (b"plain words", "plain words"),
        (b"<html>oops</html>", "an HTML page instead of JSON"),
        (b"", "an empty body"),
    ],
)
def test_a_message_shows_what_the_server_said(body: Any, shown: str) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    message = SERVER.named(400, data).message
    assert message.startswith("openai_compatible answered 400: ")
    assert shown in message


@pytest.mark.parametrize(("says", "expected"), [("true", True), ("false", False)])
def test_the_servers_own_word_on_retrying_counts(says: str, expected: bool) -> None:
    for status in (400, 500):
        assert SERVER.named(status, error(), x_should_retry=says).retryable is expected


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "3"}, 3.0),
        ({"retry_after": "0.5"}, 0.5),
        ({"retry_after_ms": "250", "retry_after": "3"}, 0.25),
        ({}, None),
    ],
)
def test_the_time_to_wait_comes_from_the_headers(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert SERVER.named(429, error(), **headers).retry_after == seconds


def test_code_and_param_are_kept() -> None:
    found = SERVER.named(400, error("no", "invalid_request_error", "bad", param="messages[0]"))
    assert (found.code, found.param) == ("bad", "messages[0]")


def test_a_type_stands_in_for_a_code_that_is_a_number() -> None:
    assert SERVER.named(400, error("no", "BadRequestError", 400)).code == "BadRequestError"


def test_a_wrong_path_names_the_base_url() -> None:
    assert "http://localhost:8000/v1" in SERVER.named(404, {"detail": "Not Found"}).message


@pytest.mark.parametrize(
    ("status", "accepted"), [(400, False), (429, False), (408, True), (409, True), (500, True)]
)
def test_only_a_plain_refusal_is_certain_not_to_have_been_accepted(
    status: int, accepted: bool
) -> None:
    assert SERVER.named(status, error()).accepted is accepted


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (error("no", "server_error"), "server"),
        (error("no", "invalid_request_error"), "bad_request"),
        (error("no", "authentication_error"), "auth"),
        (error("no", "permission_error"), "permission"),
        (error("no", "rate_limit_error"), "rate_limit"),
        (error("no", "overloaded_error"), "overloaded"),
        (error("no", "timeout_error"), "timeout"),
        (error("no", "NotFoundError"), "server"),
        (error("no", "not_found_error"), "model_not_found"),
        (error("no", code="429"), "rate_limit"),
        (error("no", code=503), "overloaded"),
        (error("no", code=7), "server"),
        (error("prompt is too long"), "context_length"),
    ],
)
def test_an_error_inside_a_stream_is_named_by_its_words(body: Any, kind: str) -> None:
    found = SERVER.named_within(body)
    assert found.kind == kind
    assert found.accepted


def test_an_error_inside_a_stream_keeps_the_status_that_it_names() -> None:
    assert SERVER.named_within(error("no", code=429)).status == 429
    assert SERVER.named_within(error("no")).status == 200
