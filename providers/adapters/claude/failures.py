"""What a refused call or a broken stream means (`wire/anthropic.md`, errors)."""

import re
from collections.abc import Mapping
from typing import Any

from providers import retry_after, wording
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, Failure, failure

_TYPES = {
    "invalid_request_error": ErrorKind.BAD_REQUEST,
    "authentication_error": ErrorKind.AUTH,
    "billing_error": ErrorKind.BILLING,
    "permission_error": ErrorKind.PERMISSION,
    "not_found_error": ErrorKind.MODEL_NOT_FOUND,
    # Two writers met on the vendor's side: nothing is wrong with the request.
    "conflict_error": ErrorKind.SERVER,
    "request_too_large": ErrorKind.TOO_LARGE,
    "rate_limit_error": ErrorKind.RATE_LIMIT,
    "api_error": ErrorKind.SERVER,
    "timeout_error": ErrorKind.TIMEOUT,
    "overloaded_error": ErrorKind.OVERLOADED,
}
_STATUSES = {
    401: ErrorKind.AUTH,
    402: ErrorKind.BILLING,
    403: ErrorKind.PERMISSION,
    # Without the vendor's own error in the body it is the address that is not found.
    404: ErrorKind.PROTOCOL,
    408: ErrorKind.TIMEOUT,
    409: ErrorKind.SERVER,
    413: ErrorKind.TOO_LARGE,
    429: ErrorKind.RATE_LIMIT,
    503: ErrorKind.OVERLOADED,
    504: ErrorKind.TIMEOUT,
    524: ErrorKind.TIMEOUT,
    529: ErrorKind.OVERLOADED,
}
_SPENT = frozenset({"enforced_spend_limit_reached", "contract_spend_limit_reached"})
_RAMP = "ramp_limit_exceeded"
_RAMP_SECS = 60.0
_BILLING = re.compile(
    r"credit balance is too low|usage limits?\b.{0,80}regain access|spend(ing)? limit",
    re.IGNORECASE | re.DOTALL,
)
_CONTEXT = re.compile(r"exceed context limit", re.IGNORECASE)
_ADVICE = {
    ErrorKind.AUTH: "Check the key that {auth} holds.",
    ErrorKind.BILLING: "Add credit or raise the spend limit of the account.",
    ErrorKind.MODEL_NOT_FOUND: "Ask for a model on the provider's list.",
    ErrorKind.PROTOCOL: "Check the provider's base_url, which is {base_url}.",
    ErrorKind.CONTEXT_LENGTH: "Shorten the conversation or ask a larger model.",
}
_PARAM = re.compile(r"^[`'\"]?([a-z_]+(?:\.[a-z_]+)?)")
_PARAMS = {
    "model": "model",
    "messages": "messages",
    "system": "messages",
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "stop_sequences": "stop",
    "tools": "tools",
    "tool_choice": "tool_choice",
    "thinking": "reasoning_effort",
    "output_config.effort": "reasoning_effort",
    "output_config.format": "response_format",
    "output_config": "response_format",
    "metadata": "user",
    "service_tier": "service_tier",
}


def of_answer(endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """Names a non-2xx answer. `headers` has lower-case names."""
    document = wording.decode(body)
    error = wording.error_object(document) or {}
    text = _text(error) or wording.bare_message(document) or _in_plain_words(body)
    code = _code(error)
    kind = _kind(status, error, text, code)
    wait = retry_after.from_headers(headers)
    if code == _RAMP and wait is None:
        wait = _RAMP_SECS
    should_retry = {"true": True, "false": False}.get(headers.get("x-should-retry", ""))
    return failure(
        kind,
        _message(endpoint, f"answered {status}", text, kind),
        status=status,
        code=code,
        retry_after=None if kind is ErrorKind.BILLING else wait,
        param=_param(text) if kind is ErrorKind.BAD_REQUEST else None,
        retryable=should_retry,
    )


def in_stream(endpoint: Endpoint, error: dict[str, Any]) -> Failure:
    """Names an error that came inside an answer that began with status 200."""
    text = _text(error)
    kind = _kind(500, error, text, _code(error))
    return failure(
        kind,
        _message(endpoint, "broke off its answer", text, kind),
        status=200,
        code=_code(error),
    )


def _kind(status: int, error: Mapping[str, Any], text: str, code: str | None) -> ErrorKind:
    named = error.get("type")
    kind = _TYPES.get(named) if isinstance(named, str) else None
    if kind is None:
        other = ErrorKind.SERVER if status >= 500 else ErrorKind.BAD_REQUEST
        kind = _STATUSES.get(status, other)
    if code in _SPENT:
        return ErrorKind.BILLING
    if kind in (ErrorKind.BAD_REQUEST, ErrorKind.RATE_LIMIT) and _BILLING.search(text):
        return ErrorKind.BILLING
    if kind is ErrorKind.BAD_REQUEST and (wording.is_context_length(text) or _CONTEXT.search(text)):
        return ErrorKind.CONTEXT_LENGTH
    return kind


def _code(error: Mapping[str, Any]) -> str | None:
    """The most exact name there is: `details.error_code`, else the error's type."""
    details = error.get("details")
    exact = details.get("error_code") if isinstance(details, dict) else None
    for name in (exact, error.get("type")):
        if isinstance(name, str) and name:
            return name
    return None


def _text(error: Mapping[str, Any]) -> str:
    message = error.get("message")
    return message if isinstance(message, str) else ""


def _message(endpoint: Endpoint, what: str, text: str, kind: ErrorKind) -> str:
    advice = _ADVICE.get(kind, "").format(
        auth=endpoint.auth or "the provider's auth", base_url=endpoint.base_url
    )
    said = wording.shown(text) or "no reason given"
    end = "" if said.endswith((".", "!", "?", "…")) else "."
    return f"{endpoint.name} {what}: {said}{end} {advice}".rstrip()


def _in_plain_words(body: bytes) -> str:
    """A body that holds no error of a known shape, for a message."""
    if body.lstrip()[:1] == b"<":
        return "an HTML page instead of JSON"
    return body[:2000].decode("utf-8", "replace")


def _param(text: str) -> str | None:
    """The client's name of the field that a 400 begins with, as in "messages.1.content: …"."""
    match = _PARAM.match(text)
    if match is None:
        return None
    return _PARAMS.get(match[1]) or _PARAMS.get(match[1].partition(".")[0])
