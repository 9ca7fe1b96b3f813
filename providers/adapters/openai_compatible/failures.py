"""Names an error of an OpenAI-shaped server, from its status, its code and its words."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from providers import retry_after, wording
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, Failure, failure

# `code` or `type` of `wire/openai.md`; a word here beats the status.
BY_CODE: Final = {
    "context_length_exceeded": ErrorKind.CONTEXT_LENGTH,
    "exceed_context_size_error": ErrorKind.CONTEXT_LENGTH,
    "insufficient_quota": ErrorKind.BILLING,
    "credit_balance_exhausted": ErrorKind.BILLING,
    "rate_limit_exceeded": ErrorKind.RATE_LIMIT,
    "invalid_api_key": ErrorKind.AUTH,
    "model_not_found": ErrorKind.MODEL_NOT_FOUND,
    "slow_down": ErrorKind.OVERLOADED,
    "server_is_overloaded": ErrorKind.OVERLOADED,
    "unavailable_error": ErrorKind.OVERLOADED,
    "unsupported_parameter": ErrorKind.UNSUPPORTED,
    "unsupported_value": ErrorKind.UNSUPPORTED,
    "content_filter": ErrorKind.CONTENT_FILTER,
    "content_policy_violation": ErrorKind.CONTENT_FILTER,
    "server_error": ErrorKind.SERVER,
}
BY_STATUS: Final = {
    400: ErrorKind.BAD_REQUEST,
    401: ErrorKind.AUTH,
    402: ErrorKind.BILLING,
    403: ErrorKind.PERMISSION,
    408: ErrorKind.TIMEOUT,
    409: ErrorKind.BAD_REQUEST,
    413: ErrorKind.TOO_LARGE,
    422: ErrorKind.BAD_REQUEST,
    429: ErrorKind.RATE_LIMIT,
    499: ErrorKind.CANCELLED,
    503: ErrorKind.OVERLOADED,
    504: ErrorKind.TIMEOUT,
    524: ErrorKind.TIMEOUT,
    529: ErrorKind.OVERLOADED,
}
# For an error without a usable status: one inside a stream. Tried in this order.
_BY_TYPE_WORD: Final = (
    ("invalid_request", ErrorKind.BAD_REQUEST),
    ("authentication", ErrorKind.AUTH),
    ("permission", ErrorKind.PERMISSION),
    ("rate_limit", ErrorKind.RATE_LIMIT),
    ("overloaded", ErrorKind.OVERLOADED),
    ("timeout", ErrorKind.TIMEOUT),
    ("not_found", ErrorKind.MODEL_NOT_FOUND),
)
# Statuses of a prompt that does not fit; 429 says "too many tokens" of a rate.
_MAY_BE_TOO_LONG: Final = frozenset({None, 400, 413, 422, 500})
# Of the refusals, those after which the request may have been worked on.
_MAYBE_ACCEPTED: Final = frozenset({408, 409, 499})
HINTS: Final = {
    ErrorKind.AUTH: "Check the secret that the provider's auth names.",
    ErrorKind.BILLING: "The account behind this key has no money left; top it up.",
    ErrorKind.PERMISSION: "This key may not do that; check its rights and region.",
    ErrorKind.MODEL_NOT_FOUND: "Check the model's name against the provider's list.",
    ErrorKind.CONTEXT_LENGTH: "Shorten the conversation, ask for fewer tokens, or use a model "
    "with a larger window.",
    ErrorKind.TOO_LARGE: "Send a smaller request.",
}


class Told(msgspec.Struct, frozen=True):
    """What an upstream said of an error.

    `inside` is True for an error in an answer that began with 200; its `status` is the one
    that the error names, if any. `words` are its code and type in lower case.
    """

    status: int | None
    message: str
    words: frozenset[str]
    headers: Mapping[str, str]
    error: dict[str, Any]
    inside: bool = False

    @property
    def code(self) -> str | None:
        for name in ("code", "type"):
            value = self.error.get(name)
            if isinstance(value, str) and value:
                return value
        return None

    @property
    def shown(self) -> str:
        return wording.shown(self.message) or "nothing that can be read."


def told(status: int, headers: Mapping[str, str], body: bytes) -> Told:
    """What a non-2xx answer says, whatever its body is."""
    document = wording.decode(body)
    error = wording.error_object(document)
    if error is not None:
        return _told(status, headers, error)
    text = wording.bare_message(document)
    if text is None:
        text = document if isinstance(document, str) else in_plain_words(body)
    bare = document if isinstance(document, dict) else {}
    return _told(status, headers, {**bare, "message": text})


def told_within(error: dict[str, Any]) -> Told:
    """What an error inside a 200 says; its own `code` or `status_code` may be a status."""
    numbers = (error.get(name) for name in ("code", "status_code", "status"))
    status = next((n for n in map(_status, numbers) if n is not None), None)
    return _told(status, {}, error, inside=True)


def name(endpoint: Endpoint, said: Told) -> Failure:
    """The Failure of the general table; vendors put their own rows before it."""
    kind = kind_of(said)
    should_retry = {"true": True, "false": False}.get(said.headers.get("x-should-retry", ""))
    if should_retry is None and said.status == 409:
        should_retry = True
    return say(endpoint, said, kind, retryable=should_retry)


def kind_of(said: Told) -> ErrorKind:
    for word, kind in BY_CODE.items():
        if word in said.words:
            return kind
    if said.status in _MAY_BE_TOO_LONG and wording.is_context_length(said.message):
        return ErrorKind.CONTEXT_LENGTH
    if said.status is None:
        return _kind_without_status(said.words)
    if said.status in (404, 405):
        names_model = said.status == 404 and "model" in said.message.lower()
        return ErrorKind.MODEL_NOT_FOUND if names_model else ErrorKind.PROTOCOL
    known = BY_STATUS.get(said.status)
    if known is not None:
        return known
    return ErrorKind.BAD_REQUEST if 400 <= said.status < 500 else ErrorKind.SERVER


def say(
    endpoint: Endpoint,
    said: Told,
    kind: ErrorKind,
    *,
    hint: str | None = None,
    retryable: bool | None = None,
    failover: bool | None = None,
    wait: float | None = None,
) -> Failure:
    """A Failure in one sentence of theirs and one of ours. `wait` is used without a header."""
    number = f" ({said.status})" if said.status else ""
    where = f"failed inside its answer{number}" if said.inside else f"answered {said.status}"
    ours = HINTS.get(kind, "") if hint is None else hint
    if kind is ErrorKind.PROTOCOL and hint is None:
        ours = f"No such path there: check the provider's base_url, {endpoint.base_url}."
    from_headers = retry_after.from_headers(said.headers)
    status = said.status or 200
    refused = 400 <= status < 500 and status not in _MAYBE_ACCEPTED and not said.inside
    param = said.error.get("param")
    return failure(
        kind,
        f"{endpoint.name} {where}: {said.shown} {ours}".rstrip(),
        status=status,
        code=said.code,
        retry_after=wait if from_headers is None else from_headers,
        accepted=not refused,
        param=param if isinstance(param, str) and param else None,
        retryable=retryable,
        failover=failover,
    )


def in_plain_words(body: bytes) -> str:
    """A body that holds no error of a known shape, for a message."""
    if not body.strip():
        return "an empty body."
    if body.lstrip()[:1] == b"<":
        return "an HTML page instead of JSON."
    return body.decode("utf-8", "replace")


def _told(
    status: int | None, headers: Mapping[str, str], error: dict[str, Any], inside: bool = False
) -> Told:
    message = error.get("message")
    if not isinstance(message, str) or not message:
        message = msgspec.json.encode(error).decode()
    words = {str(error[n]).lower() for n in ("code", "type") if isinstance(error.get(n), str)}
    return Told(status, message, frozenset(words), headers, error, inside)


def _status(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 3:
        value = int(value)
    return value if isinstance(value, int) and 400 <= value <= 599 else None


def _kind_without_status(words: frozenset[str]) -> ErrorKind:
    for part, kind in _BY_TYPE_WORD:
        if any(part in word for word in words):
            return kind
    return ErrorKind.SERVER
