"""What Gemini's errors mean, before an answer and inside one (`wire/gemini.md`, "Errors")."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from providers import retry_after, wording
from providers.adapters.gemini.wire import Detail, Error
from providers.errors import ErrorKind, Failure, failure

K = ErrorKind
_BY_CODE = {
    "INVALID_ARGUMENT": K.BAD_REQUEST,
    "OUT_OF_RANGE": K.BAD_REQUEST,
    "FAILED_PRECONDITION": K.PERMISSION,
    "UNAUTHENTICATED": K.AUTH,
    "PERMISSION_DENIED": K.PERMISSION,
    "NOT_FOUND": K.MODEL_NOT_FOUND,
    "RESOURCE_EXHAUSTED": K.RATE_LIMIT,
    "CANCELLED": K.CANCELLED,
    "UNIMPLEMENTED": K.UNSUPPORTED,
    "INTERNAL": K.SERVER,
    "UNKNOWN": K.SERVER,
    "UNAVAILABLE": K.OVERLOADED,
    "DEADLINE_EXCEEDED": K.TIMEOUT,
}
_BY_STATUS = {
    401: K.AUTH,
    402: K.BILLING,
    403: K.PERMISSION,
    404: K.MODEL_NOT_FOUND,
    408: K.TIMEOUT,
    413: K.TOO_LARGE,
    429: K.RATE_LIMIT,
    499: K.CANCELLED,
    503: K.OVERLOADED,
    504: K.TIMEOUT,
    524: K.TIMEOUT,
    529: K.OVERLOADED,
}
# Kinds that a server may give after it has begun to work, and so to bill.
_MAYBE_BILLED = frozenset({K.SERVER, K.TIMEOUT, K.CANCELLED, K.PROTOCOL})
_ADVICE = {
    K.AUTH: "Check the key that the provider's auth names.",
    K.PERMISSION: "Check the key's project: its country, its billing and its enabled APIs.",
    K.BILLING: "Add credit in AI Studio, or use another provider.",
    K.QUOTA: "Wait for the daily reset, raise the quota, or use another provider.",
    K.MODEL_NOT_FOUND: "Check the model's name and the provider's base_url.",
    K.CONTEXT_LENGTH: "Send less, or use a model with a larger window.",
}
_BAD_KEY = re.compile(r"API key (?:not valid|expired)", re.IGNORECASE)
_NO_CREDIT = re.compile(r"prepayment credit|credits? (?:is|are) depleted", re.IGNORECASE)
_RETRY_IN = re.compile(r"retry in ([\d.]+)\s*(ms|s)\b", re.IGNORECASE)
_SIGNATURE = re.compile(r"thought[ _]?signature", re.IGNORECASE)
_PARAMS = (
    (re.compile(r"stop_?sequences", re.IGNORECASE), "stop"),
    (re.compile(r"max_?output_?tokens", re.IGNORECASE), "max_completion_tokens"),
    (re.compile(r"candidate_?count|multiple candidates", re.IGNORECASE), "n"),
    (re.compile(r"thinking[_ ]?(?:config|budget|level)", re.IGNORECASE), "reasoning_effort"),
    (re.compile(r"response_?(?:json_?)?schema|response_?mime", re.IGNORECASE), "response_format"),
    (re.compile(r"function_?declarations", re.IGNORECASE), "tools"),
    (re.compile(r"logprobs", re.IGNORECASE), "logprobs"),
    (re.compile(r"frequency_?penalty", re.IGNORECASE), "frequency_penalty"),
    (re.compile(r"penalty", re.IGNORECASE), "presence_penalty"),
    (re.compile(r"\btemperature\b", re.IGNORECASE), "temperature"),
    (re.compile(r"\btop_?p\b", re.IGNORECASE), "top_p"),
    (re.compile(r"\btop_?k\b", re.IGNORECASE), "top_k"),
    (re.compile(r"thought_?signature|\bcontents\b", re.IGNORECASE), "messages"),
)


def of_answer(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """Names a non-2xx answer, whatever its body is."""
    document = wording.decode(body)
    found = wording.error_object(document)
    if found is not None:
        return _named(found, status, headers, answering=False)
    said = wording.bare_message(document) or ""
    kind = _BY_STATUS.get(status) or _by_class(status)
    return _made(
        kind,
        f"Gemini answered {status} without an error of its own",
        said,
        status=status,
        retry_after=retry_after.from_headers(headers),
    )


def in_answer(data: bytes) -> Failure | None:
    """The failure that a document inside a 2xx answer tells, or None when it tells none."""
    found = wording.error_object(wording.decode(data))
    return None if found is None else _named(found, None, {}, answering=True)


def unreadable(data: bytes) -> Failure:
    """For bytes that are no answer at all."""
    start = wording.shown(data[:200].decode("utf-8", "replace"))
    return failure(
        K.PROTOCOL,
        f"Gemini sent something that is not a GenerateContentResponse: {start or 'nothing'}. "
        "Check that the provider's base_url is the Gemini API.",
    )


def is_bad_signature(refused: Failure) -> bool:
    """True for the 400s about missing, foreign or corrupted thought signatures."""
    return refused.kind is K.BAD_REQUEST and bool(_SIGNATURE.search(refused.message))


def _named(
    found: dict[str, Any], http: int | None, headers: Mapping[str, str], *, answering: bool
) -> Failure:
    error = _typed(found)
    status = error.code if http is None else http
    said = error.message or ""
    details = error.details or []
    kind = _kind(error, status, details)
    wait = None
    if kind is not K.QUOTA and kind is not K.BILLING:
        wait = _wait(details, said)
        wait = retry_after.from_headers(headers) if wait is None else wait
    reason = next((d.reason for d in details if d.reason), None)
    return _made(
        kind,
        f"Gemini answered {error.status or status or 'an error'}",
        said,
        status=status,
        code=reason or error.status,
        retry_after=wait,
        param=_param(details, said) if kind is K.BAD_REQUEST else None,
        accepted=answering or kind in _MAYBE_BILLED,
    )


def _typed(found: dict[str, Any]) -> Error:
    """The error; where a field has another shape than Google's, its message alone."""
    try:
        return msgspec.convert(found, Error)
    except msgspec.ValidationError:
        message, status = found.get("message"), found.get("status")
        return Error(
            message=message if isinstance(message, str) else wording.shown(str(found)),
            status=status if isinstance(status, str) else None,
        )


def _kind(error: Error, status: int | None, details: list[Detail]) -> ErrorKind:
    said = error.message or ""
    if any(detail.reason == "API_KEY_INVALID" for detail in details) or _BAD_KEY.search(said):
        return K.AUTH
    if wording.is_context_length(said):
        return K.CONTEXT_LENGTH
    kind = _BY_CODE.get(error.status or "") or _BY_STATUS.get(status or 0) or _by_class(status)
    if kind is not K.RATE_LIMIT:
        return kind
    if _NO_CREDIT.search(said):
        return K.BILLING
    return K.QUOTA if any("PerDay" in quota for quota in _quotas(details)) else K.RATE_LIMIT


def _by_class(status: int | None) -> ErrorKind:
    if status is None:
        return K.SERVER
    if 400 <= status < 500:
        return K.BAD_REQUEST
    return K.SERVER if status >= 500 else K.PROTOCOL


def _quotas(details: list[Detail]) -> Iterator[str]:
    for detail in details:
        for violation in detail.violations or ():
            if violation.quota_id:
                yield violation.quota_id


def _wait(details: list[Detail], said: str) -> float | None:
    """Seconds from RetryInfo ("34.4s", up to nanoseconds), else from the message."""
    for detail in details:
        if detail.retry_delay and detail.retry_delay.endswith("s"):
            return retry_after.from_headers({"retry-after": detail.retry_delay[:-1]})
    found = _RETRY_IN.search(said)
    if found is None:
        return None
    name = "retry-after-ms" if found[2].lower() == "ms" else "retry-after"
    return retry_after.from_headers({name: found[1]})


def _param(details: list[Detail], said: str) -> str | None:
    """The client's name for the field at fault, where Google names one."""
    fields = [v.field for d in details for v in d.field_violations or () if v.field]
    for text in (*fields, said):
        for pattern, param in _PARAMS:
            if pattern.search(text):
                return param
    return None


def _made(kind: ErrorKind, what: str, said: str, **more: Any) -> Failure:
    advice = _ADVICE.get(kind)
    message = f"{what}: {wording.shown(said)}" if said else f"{what}."
    return failure(kind, f"{message} {advice}" if advice else message, **more)
