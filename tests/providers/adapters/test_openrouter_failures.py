"""Every error row of `wire/openrouter.md`."""

from typing import Any

import pytest

from providers.errors import ErrorKind, failure
from tests.providers.adapters.openai_family import Family
from tests.upstreams.openrouter import MODEL, error

ROUTER = Family("openrouter", "https://openrouter.ai/api/v1", MODEL)
ROWS = [
    (400, error(400, "no", "invalid_request"), "bad_request"),
    (400, error(400, "no", "invalid_prompt"), "bad_request"),
    (400, error(400, "no", "context_length_exceeded"), "context_length"),
    (400, error(400, "no", "max_tokens_exceeded"), "context_length"),
    (400, error(400, "no", "token_limit_exceeded"), "context_length"),
    (400, error(400, "no", "string_too_long"), "too_large"),
    (400, error(400, "no", "content_policy_violation"), "content_filter"),
    (400, error(400, "no", "refusal"), "content_filter"),
    (400, error(400, "no", "invalid_image"), "bad_request"),
    (400, error(400, "no"), "bad_request"),
    (401, error(401, "no", "authentication"), "auth"),
    (401, error(401, "no"), "auth"),
    (402, error(402, "no", "payment_required"), "billing"),
    (402, error(402, "no"), "billing"),
    (403, error(403, "no", "permission_denied"), "permission"),
    (403, error(403, "no", "permission_denied", reasons=["hate"]), "content_filter"),
    (403, error(403, "no", flagged_input="x", provider_name="P"), "content_filter"),
    (403, error(403, "no", patterns=["ssn"]), "content_filter"),
    (404, error(404, "no", "not_found"), "model_not_found"),
    (404, error(404, "No endpoints found matching your data policy"), "model_not_found"),
    (404, b"<html>not here</html>", "protocol"),
    (408, error(408, "no", "timeout"), "timeout"),
    (504, error(504, "no"), "timeout"),
    (524, error(524, "no"), "timeout"),
    (413, error(413, "no", "payload_too_large"), "too_large"),
    (413, error(413, "no"), "too_large"),
    (422, error(422, "no"), "bad_request"),
    (429, error(429, "no", "rate_limit_exceeded"), "rate_limit"),
    (429, error(429, "no", raw="slow", provider_name="P"), "rate_limit"),
    (429, error(429, "Rate limit exceeded: free-models-per-day"), "quota"),
    (500, error(500, "no", "server"), "server"),
    (500, error(500, "no", "unmapped"), "server"),
    (502, error(502, "no", "provider_unavailable"), "server"),
    (503, error(503, "no", "provider_overloaded"), "overloaded"),
    (503, error(503, "no"), "overloaded"),
    (529, error(529, "no"), "overloaded"),
]


@pytest.mark.parametrize(("status", "body", "kind"), ROWS)
def test_an_error_row_has_its_kind_and_the_bits_of_that_kind(
    status: int, body: Any, kind: str
) -> None:
    found, expected = ROUTER.named(status, body), failure(ErrorKind(kind), "")
    assert (found.kind, found.status) == (kind, status)
    assert (found.retryable, found.failover) == (expected.retryable, expected.failover)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("model_not_found", "model_not_found"),
        ("no_endpoints", "model_not_found"),
        ("model_deprecated", "model_not_found"),
        ("free_variant_ended", "model_not_found"),
        ("wrong_endpoint", "model_not_found"),
        ("privacy_restricted", "permission"),
        ("constraint_filtered", "permission"),
        ("region_restricted", "permission"),
        ("capacity_exhausted", "overloaded"),
        ("temporarily_unavailable", "overloaded"),
    ],
)
def test_availability_tells_the_kind(code: str, kind: str) -> None:
    body = error(503, "no", availability={"code": code})
    assert ROUTER.named(503, body).kind == kind


@pytest.mark.parametrize("retryable", [True, False])
def test_availability_is_trusted_on_retrying(retryable: bool) -> None:
    told = {"code": "temporarily_unavailable", "retryable": retryable, "retry_after": 12}
    found = ROUTER.named(429, error(429, "no", availability=told))
    assert (found.retryable, found.retry_after) == (retryable, 12.0)


def test_a_header_on_waiting_comes_before_availability() -> None:
    told = {"code": "capacity_exhausted", "retry_after": 12}
    found = ROUTER.named(503, error(503, "no", availability=told), retry_after="3")
    assert found.retry_after == 3.0


@pytest.mark.parametrize("odd", [{"retry_after": "soon"}, {"retry_after": -1}, {"code": 7}, "x"])
def test_an_odd_availability_is_ignored(odd: Any) -> None:
    found = ROUTER.named(429, error(429, "no", availability=odd))
    assert (found.kind, found.retry_after) == (ErrorKind.RATE_LIMIT, None)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain words", "(Acme: plain words)"),
        ('{"error":{"message":"inner words"}}', "(Acme: inner words)"),
        ({"odd": 1}, '(Acme: {"odd":1})'),
        (None, "(Acme: no more was said)"),
    ],
)
def test_the_providers_own_words_are_shown(raw: Any, shown: str) -> None:
    body = error(502, "Provider returned error", raw=raw, provider_name="Acme")
    assert shown in ROUTER.named(502, body).message


def test_the_reasons_of_a_moderation_are_shown() -> None:
    assert "[hate, spam]" in ROUTER.named(403, error(403, "no", reasons=["hate", "spam"])).message


def test_a_context_wording_of_the_provider_behind_is_understood() -> None:
    body = error(400, "Provider returned error", raw="prompt is too long: 9 tokens")
    assert ROUTER.named(400, body).kind is ErrorKind.CONTEXT_LENGTH


def test_a_code_in_text_counts_as_a_status() -> None:
    assert ROUTER.named_within(error("429", "slow")).kind is ErrorKind.RATE_LIMIT


def test_an_error_inside_an_answer_is_named_by_its_type() -> None:
    found = ROUTER.named_within(error(None, "gone", "provider_overloaded"))
    assert found.kind is ErrorKind.OVERLOADED
