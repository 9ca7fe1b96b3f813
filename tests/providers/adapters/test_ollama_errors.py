"""Every error row of the Ollama wire page, over a real connection."""

from typing import Any

import pytest

from providers.adapters import get
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, Failure, failure
from providers.messages import Thinking
from tests.conversation import ask, converse, endpoint_for, failure_of
from tests.upstreams.base import Answer
from tests.upstreams.ollama import OllamaServer, failed

BUSY = "server busy, please try again. maximum pending requests exceeded"
TOO_LONG = "the prompt is longer than the context length (5000 > 4096)"

# status, text, kind, retryable, failover, the field at fault
ROWS: list[tuple[int, str, ErrorKind, bool, bool, str | None]] = [
    (400, "missing request body", ErrorKind.BAD_REQUEST, False, False, None),
    (400, "model is required", ErrorKind.BAD_REQUEST, False, False, None),
    (400, 'option "num_ctx" must be of type integer', ErrorKind.BAD_REQUEST, False, False, None),
    (400, '"m" does not support tools', ErrorKind.UNSUPPORTED, False, False, "tools"),
    (400, '"m" does not support thinking', ErrorKind.UNSUPPORTED, False, False, "reasoning_effort"),
    (400, '"m" does not support chat', ErrorKind.UNSUPPORTED, False, False, "model"),
    (400, TOO_LONG, ErrorKind.CONTEXT_LENGTH, False, False, "messages"),
    (
        400,
        "the input length exceeds the context length",
        ErrorKind.CONTEXT_LENGTH,
        False,
        False,
        "messages",
    ),
    (401, "unauthorized", ErrorKind.AUTH, False, True, None),
    (402, "payment required", ErrorKind.BILLING, False, True, None),
    (403, "cloud is disabled", ErrorKind.PERMISSION, False, True, None),
    (
        403,
        "this model requires a subscription, upgrade for access",
        ErrorKind.PERMISSION,
        False,
        True,
        None,
    ),
    (404, "model 'x' not found", ErrorKind.MODEL_NOT_FOUND, False, True, "model"),
    (404, 'model "x" not found', ErrorKind.MODEL_NOT_FOUND, False, True, "model"),
    (
        404,
        'model "x:1b" not found, try pulling it first',
        ErrorKind.MODEL_NOT_FOUND,
        False,
        True,
        "model",
    ),
    (404, "path not found", ErrorKind.PROTOCOL, False, True, None),
    (408, "request timeout", ErrorKind.TIMEOUT, True, True, None),
    (413, "request body too large", ErrorKind.TOO_LARGE, False, False, None),
    (422, "cannot be processed", ErrorKind.BAD_REQUEST, False, False, None),
    (
        429,
        "you (ann) have reached your session usage limit, upgrade for higher limits",
        ErrorKind.QUOTA,
        False,
        True,
        None,
    ),
    (429, "you (ann) have reached your hourly usage limit", ErrorKind.QUOTA, False, True, None),
    (429, "too many requests", ErrorKind.RATE_LIMIT, True, True, None),
    (429, "too many tokens in a minute", ErrorKind.RATE_LIMIT, True, True, None),
    (499, "request cancelled", ErrorKind.CANCELLED, False, False, None),
    (500, "llama runner process has terminated", ErrorKind.SERVER, True, True, None),
    (500, "model requires more system memory (9 GiB)", ErrorKind.SERVER, True, True, None),
    (502, "cloud is unreachable", ErrorKind.SERVER, True, True, None),
    (503, BUSY, ErrorKind.OVERLOADED, True, True, None),
    (504, "gateway timeout", ErrorKind.TIMEOUT, True, True, None),
    (529, "overloaded", ErrorKind.OVERLOADED, True, True, None),
]


def asked(answer: Answer, kind: str = "ollama", **request: Any) -> Failure:
    """What one try fails with when the server gives that answer."""
    with OllamaServer() as server:
        server.next(answer)
        return failure_of(converse(endpoint_for(kind, server), ask(**request), server))


def named(status: int, body: bytes, headers: dict[str, str] | None = None) -> Failure:
    at = Endpoint("local", "ollama", "http://localhost:11434")
    return get("ollama").failure(at, status, headers or {}, body)


@pytest.mark.parametrize("kind", ["ollama", "ollama_cloud"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1][:40]}")
def test_an_error_row_is_named(kind: str, row: tuple[Any, ...]) -> None:
    status, text, error_kind, retryable, failover, param = row
    found = asked(failed(status, text), kind)
    assert (found.kind, found.retryable, found.failover) == (error_kind, retryable, failover)
    assert (found.status, found.param) == (status, param)
    assert text in found.message


@pytest.mark.parametrize("status", [400, 401, 404, 429, 503])
def test_a_refusal_proves_that_nothing_was_billed(status: int) -> None:
    assert not asked(failed(status, "no")).accepted


@pytest.mark.parametrize("status", [408, 499, 500, 502, 504])
def test_other_failures_may_have_been_billed(status: int) -> None:
    assert asked(failed(status, "no")).accepted


def test_a_usage_limit_has_no_end_that_is_known() -> None:
    assert asked(failed(429, "you have reached your weekly usage limit")).retry_after is None


def test_a_wait_that_a_proxy_asks_for_is_passed_on() -> None:
    answer = failed(429, "slow down", headers={"retry-after": "7"})
    assert asked(answer).retry_after == 7.0


def test_a_sign_in_address_is_not_shown() -> None:
    document = {"error": "unauthorized", "signin_url": "https://ollama.com/connect?key=abc123"}
    found = asked(Answer.of(document, status=401))
    assert "abc123" not in found.message
    assert "ollama signin" in found.message


def test_the_cloud_is_told_about_its_key_instead() -> None:
    assert "key" in asked(failed(401, "unauthorized"), "ollama_cloud").message


def test_a_prompt_that_is_too_long_names_the_settings_that_help() -> None:
    found = asked(failed(400, TOO_LONG))
    assert "num_ctx" in found.message and "truncate" in found.message


def test_a_page_instead_of_json_is_named_by_its_status_and_not_shown() -> None:
    page = Answer.of(b"<html>nginx</html>", status=502, content_type="text/html; charset=utf-8")
    found = asked(page)
    assert found.kind is ErrorKind.SERVER
    assert found.message == "ollama says: status 502 with text/html instead of a JSON error"


def test_a_wrong_base_url_is_said_to_be_one() -> None:
    with OllamaServer() as server:
        at = endpoint_for("ollama", server, path="/v1")
        found = failure_of(converse(at, ask(), server))
    assert found.kind is ErrorKind.PROTOCOL
    assert "base_url" in found.message


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (500, b"", ErrorKind.SERVER),
        (400, b"\xff\xfe", ErrorKind.BAD_REQUEST),
        (400, b'{"detail": "model is required"}', ErrorKind.BAD_REQUEST),
        (429, b'{"error": {"message": "weekly usage limit"}}', ErrorKind.QUOTA),
        (500, b'{"error": {}}', ErrorKind.SERVER),
        (302, b"", ErrorKind.SERVER),
    ],
)
def test_bodies_of_other_shapes_are_named_too(status: int, body: bytes, kind: ErrorKind) -> None:
    found = named(status, body)
    assert found.kind is kind
    assert found.message.startswith("local says: ")


def test_a_long_error_is_shortened_to_one_line() -> None:
    found = named(500, b'{"error": "' + b"a\\n" * 5000 + b'"}')
    assert len(found.message) < 600
    assert "\n" not in found.message


# --- a model that cannot think ---


def test_a_request_is_amended_to_one_without_thinking() -> None:
    request = ask(thinking=Thinking(effort="high", want_text=True))
    refused = named(400, b'{"error": "\\"m\\" does not support thinking"}')
    amended = get("ollama").amend(request, refused)
    assert amended is not None
    assert amended.thinking == Thinking(want_text=True)


def test_the_amended_request_reports_what_it_lost() -> None:
    at = Endpoint("local", "ollama", "http://localhost:11434")
    refused = named(400, b'{"error": "does not support thinking"}')
    request = ask(thinking=Thinking(effort="low", budget_tokens=100), extras={"verbosity": "low"})
    amended = get("ollama").amend(request, refused)
    assert amended is not None
    assert get("ollama").chat(at, amended).dropped == (
        "verbosity",
        "reasoning_effort",
        "reasoning.max_tokens",
    )


def test_a_request_that_asked_for_no_thinking_is_not_amended() -> None:
    refused = named(400, b'{"error": "does not support thinking"}')
    assert get("ollama").amend(ask(), refused) is None


@pytest.mark.parametrize(
    "other",
    [
        failure(ErrorKind.UNSUPPORTED, "does not support tools", status=400, param="tools"),
        failure(ErrorKind.BAD_REQUEST, "invalid think value", status=400),
    ],
)
def test_nothing_else_is_amended(other: Failure) -> None:
    assert get("ollama").amend(ask(thinking=Thinking(effort="high")), other) is None
