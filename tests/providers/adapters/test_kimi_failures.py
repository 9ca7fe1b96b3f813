"""Every error row of `wire/kimi.md`; the text tells apart what status and type do not."""

from typing import Any

import pytest

from providers.errors import ErrorKind
from tests.providers.adapters.openai_family import Family
from tests.upstreams.kimi import GATE, MODEL, error

BASE = "https://api.kimi.com/coding/v1"
KIMI = Family("kimi", BASE, MODEL)
ENDED = "access_terminated_error"
NO, YES = False, True

# status, body, kind, retryable, failover
ROWS: list[tuple[int, Any, str, bool, bool]] = [
    (400, error("The request was considered high risk"), "content_filter", NO, NO),
    (400, error("no", "content_filter"), "content_filter", NO, NO),
    (400, error("Your request exceeded model token limit: 262144"), "context_length", NO, NO),
    (400, error("Input token length too long"), "context_length", NO, NO),
    (400, error("total message size 9 exceeds limit 2097152"), "too_large", NO, NO),
    (400, error("invalid temperature", "invalid_request_error"), "bad_request", NO, NO),
    (401, error("no", "invalid_authentication_error"), "auth", NO, YES),
    (401, error("no", "incorrect_api_key_error"), "auth", NO, YES),
    (402, error("We are unable to verify your membership benefits"), "billing", NO, YES),
    (403, error(GATE, ENDED), "gate", NO, NO),
    (403, error("You've reached your 5-hour usage limit", ENDED), "quota", NO, YES),
    (403, error("You\u2019ve reached your weekly (7-day) usage limit.", ENDED), "quota", NO, YES),
    (403, error("You have reached your monthly usage limit", ENDED), "quota", NO, YES),
    (403, error("reached your usage limit for this billing cycle", ENDED), "quota", NO, YES),
    (403, error("Your quota will be refreshed in 2 hours", ENDED), "quota", NO, YES),
    (403, error("Your quota will be reset tomorrow", ENDED), "quota", NO, YES),
    (403, error("You've reached your concurrent request limit", ENDED), "rate_limit", YES, YES),
    (403, error("You do not have access to model k3", ENDED), "permission", NO, YES),
    (403, error("Access terminated.", ENDED), "auth", NO, YES),
    (403, error("Your account has been suspended", ENDED), "auth", NO, YES),
    (403, error("This breaks our Terms of Service", ENDED), "auth", NO, YES),
    (403, error("Account suspended: reached your weekly usage limit", ENDED), "auth", NO, YES),
    (403, error("something else", ENDED), "permission", NO, YES),
    (404, error("no", "resource_not_found_error"), "model_not_found", NO, YES),
    (404, error("Not found the model x or Permission denied"), "model_not_found", NO, YES),
    (404, error("method not found"), "protocol", NO, YES),
    (413, error("Request exceeds the maximum size"), "too_large", NO, NO),
    (413, b"<html><h1>413 Request Entity Too Large</h1></html>", "too_large", NO, NO),
    (
        429,
        error("We're receiving too many requests at the moment", "rate_limit_reached_error"),
        "rate_limit",
        YES,
        YES,
    ),
    (429, error("usage limit for this period", "rate_limit_reached_error"), "quota", NO, YES),
    (429, error("kimi monthly usage limit reached"), "quota", NO, YES),
    (
        429,
        error("reached organization max RPM: 3", "rate_limit_reached_error"),
        "rate_limit",
        YES,
        YES,
    ),
    (
        429,
        error("reached organization max TPD: 9", "rate_limit_reached_error"),
        "rate_limit",
        NO,
        YES,
    ),
    (429, error("The engine is overloaded", "engine_overloaded_error"), "overloaded", YES, YES),
    (429, error("no", "exceeded_current_quota_error"), "billing", NO, YES),
    (429, error("no"), "rate_limit", YES, YES),
    (499, error("context canceled"), "cancelled", NO, NO),
    (500, error("dial tcp: i/o timeout"), "server", YES, YES),
    (500, error("503 Service Unavailable"), "server", YES, YES),
    (504, b"", "timeout", YES, YES),
]


@pytest.mark.parametrize(("status", "body", "kind", "retryable", "failover"), ROWS)
def test_an_error_row_has_its_kind_and_bits(
    status: int, body: Any, kind: str, retryable: bool, failover: bool
) -> None:
    found = KIMI.named(status, body)
    assert (found.kind, found.status) == (kind, status)
    assert (found.retryable, found.failover) == (retryable, failover)


TOLD_BY_STATUS_ALONE = [error("no"), error("something else", ENDED)]


@pytest.mark.parametrize(
    ("body", "kind"),
    [r[1:3] for r in ROWS if r[0] in (403, 429, 499) and r[1] not in TOLD_BY_STATUS_ALONE],
)
def test_a_row_is_known_inside_a_stream_too(body: Any, kind: str) -> None:
    assert KIMI.named_within(body).kind == kind


def test_the_gate_says_what_it_is_and_what_to_do() -> None:
    message = KIMI.named(403, error(GATE, ENDED)).message
    assert "only available for Coding Agents" in message
    assert "user_agent" in message
    assert "terms" in message


@pytest.mark.parametrize("kind", ["invalid_authentication_error", "incorrect_api_key_error"])
def test_a_refused_key_names_the_base_url_and_its_siblings(kind: str) -> None:
    for found in (KIMI.named(401, error("no", kind)), KIMI.named_within(error("no", kind))):
        assert f"The base URL used was {BASE}." in found.message
        assert "https://api.moonshot.ai/v1" in found.message
        assert "do not work there" in found.message


def test_an_account_that_was_taken_away_is_not_told_to_check_its_key() -> None:
    message = KIMI.named(403, error("Access terminated.", ENDED)).message
    assert "took this account away" in message


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("reached your 5-hour usage limit", 900.0),
        ("reached your weekly (7-day) usage limit", 3600.0),
    ],
)
def test_a_spent_window_tells_when_to_look_again(text: str, seconds: float) -> None:
    assert KIMI.named(403, error(text, ENDED)).retry_after == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("max RPM: 3, please try again after 7 seconds", 7.0),
        ("max TPM: 3, please try again after 1.5 seconds", 1.5),
        ("max RPM: 3", None),
    ],
)
def test_the_seconds_in_the_message_count(text: str, seconds: float | None) -> None:
    body = error(text, "rate_limit_reached_error")
    assert KIMI.named(429, body).retry_after == seconds


def test_a_header_on_waiting_comes_first() -> None:
    body = error("please try again after 7 seconds", "rate_limit_reached_error")
    assert KIMI.named(429, body, retry_after="2").retry_after == 2.0


def test_seconds_count_in_an_unknown_error_too() -> None:
    assert KIMI.named(503, error("try again after 4 seconds")).retry_after == 4.0


def test_a_server_error_is_asked_again_after_a_second() -> None:
    assert KIMI.named(500, error("database")).retry_after == 1.0


def test_a_wrong_path_names_the_base_url() -> None:
    assert BASE in KIMI.named(404, error("method not found")).message


def test_an_error_inside_a_stream_is_named_by_its_type() -> None:
    found = KIMI.named_within(error("slow down", "engine_overloaded_error"))
    assert found.kind is ErrorKind.OVERLOADED


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (error("no", "invalid_request_error"), "bad_request"),
        (error("exceeded model token limit"), "context_length"),
        (error("who knows"), "server"),
    ],
)
def test_any_other_error_inside_a_stream_goes_by_the_general_table(body: Any, kind: str) -> None:
    assert KIMI.named_within(body).kind == kind
