import json

import pytest

from providers.errors import ErrorKind, Failure
from tests.providers.adapters.claude_requests import ADAPTER, endpoint
from tests.upstreams.claude import error_document

K = ErrorKind
# Status, error type, wording, error_code; then kind, retryable, failover.
ROWS = [
    (400, "invalid_request_error", "max_tokens: Field required", None, K.BAD_REQUEST, False, False),
    (
        400,
        "invalid_request_error",
        "prompt is too long: 210000 tokens > 200000 maximum",
        None,
        K.CONTEXT_LENGTH,
        False,
        False,
    ),
    (
        400,
        "invalid_request_error",
        "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
        None,
        K.CONTEXT_LENGTH,
        False,
        False,
    ),
    (
        400,
        "invalid_request_error",
        "Your credit balance is too low to access the API.",
        None,
        K.BILLING,
        False,
        True,
    ),
    (
        400,
        "invalid_request_error",
        "You have reached your specified API usage limits. You will regain access on 2027-01-01.",
        None,
        K.BILLING,
        False,
        True,
    ),
    (401, "authentication_error", "invalid x-api-key", None, K.AUTH, False, True),
    (402, "billing_error", "Payment required", None, K.BILLING, False, True),
    (403, "permission_error", "Not allowed", None, K.PERMISSION, False, True),
    (404, "not_found_error", "model: claude-9", None, K.MODEL_NOT_FOUND, False, True),
    (409, "conflict_error", "Conflict", None, K.SERVER, True, True),
    (413, "request_too_large", "Request exceeds 32 MB", None, K.TOO_LARGE, False, False),
    (422, "invalid_request_error", "Unprocessable", None, K.BAD_REQUEST, False, False),
    (429, "rate_limit_error", "Too many requests", None, K.RATE_LIMIT, True, True),
    (
        429,
        "rate_limit_error",
        "Limit reached",
        "enforced_spend_limit_reached",
        K.BILLING,
        False,
        True,
    ),
    (
        429,
        "rate_limit_error",
        "Limit reached",
        "contract_spend_limit_reached",
        K.BILLING,
        False,
        True,
    ),
    (429, "rate_limit_error", "Growing fast", "ramp_limit_exceeded", K.RATE_LIMIT, True, True),
    (500, "api_error", "Internal server error", None, K.SERVER, True, True),
    (503, "timeout_error", "Timed out", None, K.TIMEOUT, True, True),
    (504, "timeout_error", "Timed out", None, K.TIMEOUT, True, True),
    (529, "overloaded_error", "Overloaded", None, K.OVERLOADED, True, True),
]


def named(status: int, body: bytes = b"", **headers: str) -> Failure:
    lower = {name.replace("_", "-"): value for name, value in headers.items()}
    return ADAPTER.failure(endpoint(), status, lower, body)


def typed(status: int, kind: str, message: str, code: str | None = None, **headers: str) -> Failure:
    return named(status, json.dumps(error_document(kind, message, code)).encode(), **headers)


@pytest.mark.parametrize(
    ("status", "type_", "message", "code", "kind", "retryable", "failover"), ROWS
)
def test_each_row_of_the_error_table_has_its_kind(
    status: int,
    type_: str,
    message: str,
    code: str | None,
    kind: ErrorKind,
    retryable: bool,
    failover: bool,
) -> None:
    failure = typed(status, type_, message, code)
    assert (failure.kind, failure.retryable, failure.failover) == (kind, retryable, failover)
    assert (failure.status, failure.code) == (status, code or type_)
    assert message in failure.message


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, K.BAD_REQUEST),
        (401, K.AUTH),
        (402, K.BILLING),
        (403, K.PERMISSION),
        (404, K.PROTOCOL),
        (408, K.TIMEOUT),
        (409, K.SERVER),
        (413, K.TOO_LARGE),
        (418, K.BAD_REQUEST),
        (422, K.BAD_REQUEST),
        (429, K.RATE_LIMIT),
        (500, K.SERVER),
        (502, K.SERVER),
        (503, K.OVERLOADED),
        (504, K.TIMEOUT),
        (524, K.TIMEOUT),
        (529, K.OVERLOADED),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>no</html>", b'{"error":{"type":"new_error"}}'])
def test_a_status_tells_the_kind_where_the_body_does_not(
    status: int, kind: ErrorKind, body: bytes
) -> None:
    assert named(status, body).kind is kind


def test_retry_after_is_passed_on() -> None:
    assert typed(429, "rate_limit_error", "Slow", retry_after="12").retry_after == 12


def test_a_spent_limit_has_no_retry_after() -> None:
    code = "enforced_spend_limit_reached"
    assert typed(429, "rate_limit_error", "Spent", code, retry_after="12").retry_after is None


def test_a_ramp_limit_waits_a_minute_unless_told() -> None:
    code = "ramp_limit_exceeded"
    assert typed(429, "rate_limit_error", "Fast", code).retry_after == 60
    assert typed(429, "rate_limit_error", "Fast", code, retry_after="5").retry_after == 5


@pytest.mark.parametrize(("said", "retryable"), [("true", True), ("false", False)])
def test_the_vendors_word_on_retrying_counts(said: str, retryable: bool) -> None:
    assert typed(500, "api_error", "Broken", x_should_retry=said).retryable is retryable
    assert typed(403, "permission_error", "No", x_should_retry=said).retryable is retryable


@pytest.mark.parametrize(
    ("message", "param"),
    [
        ("messages.1.content.0: Invalid `signature` in `thinking` block", "messages"),
        ("max_tokens: 99999 > 64000, which is the maximum allowed", "max_tokens"),
        ("`temperature` is deprecated for this model.", "temperature"),
        ("tools.0.custom.input_schema: bad", "tools"),
        ("tool_choice.any: not with thinking", "tool_choice"),
        ("stop_sequences: too many", "stop"),
        ("output_config.effort: not supported", "reasoning_effort"),
        ("output_config.format.schema: not supported", "response_format"),
        ("thinking.budget_tokens: too small", "reasoning_effort"),
        ("metadata.user_id: too long", "user"),
        ("This model does not support effort level 'xhigh'.", None),
        ("something else", None),
    ],
)
def test_a_400_names_the_clients_field(message: str, param: str | None) -> None:
    assert typed(400, "invalid_request_error", message).param == param


def test_only_a_400_names_a_field() -> None:
    assert typed(404, "not_found_error", "model: claude-9").param is None


def test_a_refused_key_names_its_reference() -> None:
    assert "ANTHROPIC_API_KEY" in typed(401, "authentication_error", "invalid x-api-key").message


def test_a_wrong_address_names_the_base_url() -> None:
    assert "https://api.anthropic.com" in named(404, b"<html>404</html>").message


def test_a_bare_message_is_shown() -> None:
    assert "no such route" in named(400, b'{"detail":"no such route"}').message


def test_an_empty_answer_says_that_no_reason_was_given() -> None:
    assert named(500).message == "claude answered 500: no reason given."


def test_an_odd_document_is_still_a_failure() -> None:
    body = b'{"error":{"type":5,"message":[1],"details":"x"}}'
    failure = named(500, body)
    assert (failure.kind, failure.code) == (K.SERVER, None)
