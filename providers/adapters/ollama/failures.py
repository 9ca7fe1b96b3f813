"""Naming what went wrong: by status, and by words where the status alone cannot tell."""

import re
from collections.abc import Mapping

from providers import retry_after, wording
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, Failure, failure

OK = 200

_BY_STATUS = {
    401: ErrorKind.AUTH,
    402: ErrorKind.BILLING,
    403: ErrorKind.PERMISSION,
    404: ErrorKind.PROTOCOL,
    408: ErrorKind.TIMEOUT,
    413: ErrorKind.TOO_LARGE,
    429: ErrorKind.RATE_LIMIT,
    499: ErrorKind.CANCELLED,
    503: ErrorKind.OVERLOADED,
    504: ErrorKind.TIMEOUT,
    524: ErrorKind.TIMEOUT,
    529: ErrorKind.OVERLOADED,
}
# These say it all; the words in their bodies are not asked.
_SURE = frozenset({401, 402, 403, 413, 499})
# Elsewhere, as beside 429, the same words speak of tokens a minute.
_MAY_BE_TOO_LONG = frozenset({OK, 400, 422, 500})
# Statuses of 400 to 499 whose request may have been taken before they were sent.
_UNSURE_IF_TAKEN = frozenset({408, 499})
_IN_WORDS = (
    (re.compile(r"usage limit", re.I), ErrorKind.QUOTA),
    (re.compile(r"""\bmodel\s+('.+?'|".+?"|\S+) not found""", re.I), ErrorKind.MODEL_NOT_FOUND),
    (re.compile(r"does not support", re.I), ErrorKind.UNSUPPORTED),
    (re.compile(r"requires a subscription", re.I), ErrorKind.PERMISSION),
    (re.compile(r"server busy|maximum pending requests", re.I), ErrorKind.OVERLOADED),
    (re.compile(r"\bunauthorized\b", re.I), ErrorKind.AUTH),
    (re.compile(r"\b(context|request) cancell?ed", re.I), ErrorKind.CANCELLED),
)
_UNSUPPORTED = re.compile(r"does not support (?:(thinking)|(tools))", re.I)
_ADVICE = {
    ErrorKind.CONTEXT_LENGTH: "Send less, or set truncate among the provider's options to have "
    "the oldest messages cut.",
    ErrorKind.UNSUPPORTED: "Leave that out, or choose a model that can.",
    ErrorKind.QUOTA: "It does not say when this ends; ask another provider meanwhile.",
    ErrorKind.PROTOCOL: "Set the provider's base_url to the server's address without a path.",
}
_WORDLESS = "an error without words"


def named(
    endpoint: Endpoint,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    advice: Mapping[ErrorKind, str],
) -> Failure:
    """A non-2xx answer. `advice` says what to do about a kind, before the advice for all."""
    document = wording.decode(body)
    error = wording.error_object(document)
    text = _text(error) if error else wording.bare_message(document)
    if text is None:
        shape = headers.get("content-type", "").partition(";")[0].strip() or "nothing"
        text = f"status {status} with {shape} instead of a JSON error"
    return _failure(endpoint, status, text, advice, retry_after.from_headers(headers))


def inside(endpoint: Endpoint, error: object, advice: Mapping[ErrorKind, str]) -> Failure:
    """An `error` in an answer that began as a good one."""
    found = wording.error_object({"error": error})
    return _failure(endpoint, OK, _text(found) if found else _WORDLESS, advice, None)


def _text(error: dict[str, object]) -> str:
    message = error.get("message")
    return message if isinstance(message, str) and message else _WORDLESS


def _failure(
    endpoint: Endpoint,
    status: int,
    text: str,
    advice: Mapping[ErrorKind, str],
    wait: float | None,
) -> Failure:
    kind = _kind(status, text)
    said = f"{endpoint.name} says: {wording.shown(text)}"
    told = advice.get(kind) or _ADVICE.get(kind)
    refused = status == 503 or (400 <= status < 500 and status not in _UNSURE_IF_TAKEN)
    return failure(
        kind,
        f"{said.rstrip('.')}. {told}" if told else said,
        status=status,
        retry_after=wait,
        accepted=not refused,
        param=_param(kind, text),
    )


def _kind(status: int, text: str) -> ErrorKind:
    if status in _MAY_BE_TOO_LONG and wording.is_context_length(text):
        return ErrorKind.CONTEXT_LENGTH
    if status not in _SURE:
        for pattern, kind in _IN_WORDS:
            if pattern.search(text):
                return kind
    found = _BY_STATUS.get(status)
    return found or (ErrorKind.BAD_REQUEST if 400 <= status < 500 else ErrorKind.SERVER)


def _param(kind: ErrorKind, text: str) -> str | None:
    """The client's field at fault, by its name in the client's dialect."""
    if kind is ErrorKind.CONTEXT_LENGTH:
        return "messages"
    if kind is ErrorKind.UNSUPPORTED and (found := _UNSUPPORTED.search(text)):
        return "reasoning_effort" if found[1] else "tools"
    return "model" if kind in (ErrorKind.UNSUPPORTED, ErrorKind.MODEL_NOT_FOUND) else None
