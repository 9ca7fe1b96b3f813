"""Every row of Gemini's error table, and every shape that its errors come in."""

import json
from typing import Any

import pytest

from providers.errors import ErrorKind, Failure
from tests.providers.adapters.gemini_sent import ENDPOINT, GEMINI
from tests.upstreams import gemini as g

K = ErrorKind
TOO_LONG = "The input token count (1500000) exceeds the maximum number of tokens allowed (1048576)."
GONE = "models/x is not found for API version v1beta, or is not supported for generateContent."
MINUTE, DAY = "RequestsPerMinutePerProject-FreeTier", "RequestsPerDayPerProject-FreeTier"


def named(status: int, document: Any, **headers: str) -> Failure:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return GEMINI.failure(ENDPOINT, status, headers, body)


def exhausted(*details: Any, message: str = "Quota exceeded.") -> Failure:
    return named(429, g.error(429, "RESOURCE_EXHAUSTED", message, *details))


@pytest.mark.parametrize(
    ("status", "document", "kind", "retryable", "failover"),
    [
        (400, g.error(400, "INVALID_ARGUMENT", "Bad."), K.BAD_REQUEST, False, False),
        (
            400,
            g.error(400, "INVALID_ARGUMENT", "no", g.reason("API_KEY_INVALID")),
            K.AUTH,
            False,
            True,
        ),
        (400, g.error(400, "INVALID_ARGUMENT", "API key not valid."), K.AUTH, False, True),
        (400, g.error(400, "INVALID_ARGUMENT", "API key expired."), K.AUTH, False, True),
        (400, g.error(400, "INVALID_ARGUMENT", TOO_LONG), K.CONTEXT_LENGTH, False, False),
        (400, g.error(400, "FAILED_PRECONDITION", "Location."), K.PERMISSION, False, True),
        (400, g.error(400, "OUT_OF_RANGE"), K.BAD_REQUEST, False, False),
        (401, g.error(401, "UNAUTHENTICATED"), K.AUTH, False, True),
        (403, g.error(403, "PERMISSION_DENIED"), K.PERMISSION, False, True),
        (404, g.error(404, "NOT_FOUND", GONE), K.MODEL_NOT_FOUND, False, True),
        (429, g.error(429, "RESOURCE_EXHAUSTED"), K.RATE_LIMIT, True, True),
        (429, g.error(429, "RESOURCE_EXHAUSTED", "", g.quota(DAY)), K.QUOTA, False, True),
        (
            429,
            g.error(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."),
            K.BILLING,
            False,
            True,
        ),
        (499, g.error(499, "CANCELLED"), K.CANCELLED, False, False),
        (500, g.error(500, "INTERNAL"), K.SERVER, True, True),
        (500, g.error(500, "UNKNOWN"), K.SERVER, True, True),
        (501, g.error(501, "UNIMPLEMENTED"), K.UNSUPPORTED, False, False),
        (503, g.error(503, "UNAVAILABLE", "The model is overloaded."), K.OVERLOADED, True, True),
        (504, g.error(504, "DEADLINE_EXCEEDED"), K.TIMEOUT, True, True),
        # No status word: the HTTP status decides.
        (402, {"error": "pay"}, K.BILLING, False, True),
        (408, {"error": {"message": "slow"}}, K.TIMEOUT, True, True),
        (409, g.error(409, "ABORTED"), K.BAD_REQUEST, False, False),
        (413, {"error": {"message": "big"}}, K.TOO_LARGE, False, False),
        (502, {"error": {"code": 502, "message": "bad gateway"}}, K.SERVER, True, True),
        # No JSON error at all.
        (400, b"<html>Bad Request</html>", K.BAD_REQUEST, False, False),
        (404, b"<html>Not Found</html>", K.MODEL_NOT_FOUND, False, True),
        (429, b"", K.RATE_LIMIT, True, True),
        (500, b"\xff\xfe", K.SERVER, True, True),
        (503, {"message": "no healthy upstream"}, K.OVERLOADED, True, True),
        (304, b"", K.PROTOCOL, False, True),
    ],
)
def test_each_error_has_its_kind_and_its_two_bits(
    status: int, document: Any, kind: ErrorKind, retryable: bool, failover: bool
) -> None:
    failure = named(status, document)
    assert (failure.kind, failure.retryable, failure.failover) == (kind, retryable, failover)
    assert failure.status == status


@pytest.mark.parametrize(
    ("status", "word", "accepted"),
    [
        (400, "INVALID_ARGUMENT", False),
        (429, "RESOURCE_EXHAUSTED", False),
        (503, "UNAVAILABLE", False),
        (500, "INTERNAL", True),
        (504, "DEADLINE_EXCEEDED", True),
    ],
)
def test_only_errors_from_inside_the_work_may_have_been_billed(
    status: int, word: str, accepted: bool
) -> None:
    assert named(status, g.error(status, word)).accepted is accepted


def test_the_message_says_what_google_said_and_what_to_do() -> None:
    failure = named(404, g.error(404, "NOT_FOUND", GONE))
    assert failure.message == (
        f"Gemini answered NOT_FOUND: {GONE} Check the model's name and the provider's base_url."
    )


def test_the_code_is_googles_reason_or_else_its_status() -> None:
    keyed = g.error(400, "INVALID_ARGUMENT", "no", g.reason("API_KEY_INVALID"))
    assert named(400, keyed).code == "API_KEY_INVALID"
    assert named(500, g.error(500, "INTERNAL")).code == "INTERNAL"


def test_an_error_inside_an_array_is_read() -> None:
    failure = named(429, [g.error(429, "RESOURCE_EXHAUSTED", "Slow down.", g.retry("7s"))])
    assert (failure.kind, failure.retry_after) == (K.RATE_LIMIT, 7)


def test_an_error_of_another_shape_keeps_its_message() -> None:
    odd = {"error": {"message": "Odd.", "status": "UNAVAILABLE", "details": "text"}}
    failure = named(503, odd)
    assert failure.kind is K.OVERLOADED and "Odd." in failure.message


def test_an_error_without_words_is_still_named() -> None:
    failure = named(500, {"error": {"code": "x", "message": 7, "status": 8}})
    assert failure.kind is K.SERVER and "500" in failure.message


# --- waiting ---


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [("34.4s", 34.4), ("7s", 7), ("0.000000001s", 1e-9), ("86400s", 3600), ("soon", None)],
)
def test_the_wait_is_in_the_body(delay: str, seconds: float | None) -> None:
    failure = exhausted(g.quota(MINUTE), g.retry(delay))
    assert (failure.kind, failure.retry_after) == (K.RATE_LIMIT, seconds)


@pytest.mark.parametrize(
    ("message", "seconds"),
    [("Please retry in 34.5s.", 34.5), ("Please retry in 250ms.", 0.25), ("Later.", None)],
)
def test_the_wait_may_be_in_the_message_only(message: str, seconds: float | None) -> None:
    assert exhausted(message=message).retry_after == seconds


def test_a_header_counts_where_the_body_is_silent() -> None:
    error = g.error(503, "UNAVAILABLE")
    assert named(503, error, **{"retry-after": "9"}).retry_after == 9
    assert named(503, b"busy", **{"retry-after": "9"}).retry_after == 9


def test_a_daily_quota_is_not_worth_the_wait_that_comes_with_it() -> None:
    failure = exhausted(g.quota(MINUTE, DAY), g.retry("30s"))
    assert (failure.kind, failure.retry_after) == (K.QUOTA, None)


def test_a_violation_without_an_id_is_a_rate_limit() -> None:
    detail = {"violations": [{"subject": "project"}]}
    assert exhausted(detail).kind is K.RATE_LIMIT


# --- the field at fault ---


@pytest.mark.parametrize(
    ("field", "param"),
    [
        ("generation_config.stop_sequences", "stop"),
        ("generation_config.max_output_tokens", "max_completion_tokens"),
        ("generation_config.candidate_count", "n"),
        ("generation_config.thinking_config", "reasoning_effort"),
        ("generation_config.response_json_schema", "response_format"),
        ("generation_config.response_mime_type", "response_format"),
        ("tools[0].function_declarations[0].name", "tools"),
        ("generation_config.logprobs", "logprobs"),
        ("generation_config.frequency_penalty", "frequency_penalty"),
        ("generation_config.presence_penalty", "presence_penalty"),
        ("generation_config.temperature", "temperature"),
        ("generation_config.top_p", "top_p"),
        ("generation_config.top_k", "top_k"),
        ("contents[1].parts", "messages"),
        ("something_new", None),
    ],
)
def test_a_bad_request_names_the_clients_field(field: str, param: str | None) -> None:
    error = g.error(400, "INVALID_ARGUMENT", "Invalid value.", g.fields(field))
    assert named(400, error).param == param


@pytest.mark.parametrize(
    ("message", "param"),
    [
        ("Multiple candidates is not enabled for this model", "n"),
        ("Penalty is not enabled for this model", "presence_penalty"),
        ("Logprobs is not enabled for models/x", "logprobs"),
        ("Function call is missing a thought_signature in functionCall parts.", "messages"),
    ],
)
def test_the_field_may_be_in_the_message_only(message: str, param: str) -> None:
    assert named(400, g.error(400, "INVALID_ARGUMENT", message)).param == param


def test_no_field_is_named_where_none_is_at_fault() -> None:
    assert named(503, g.error(503, "UNAVAILABLE", "temperature")).param is None
