"""OpenRouter's errors: a type in `metadata`, the provider's own words beside it, and
`availability`, whose word on trying again is trusted (`wire/openrouter.md`).
"""

import re
from typing import Any, Final

import msgspec

from providers import wording
from providers.adapters.openai_compatible import failures
from providers.adapters.openai_compatible.failures import Told
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, Failure

BY_ERROR_TYPE: Final = {
    "invalid_request": ErrorKind.BAD_REQUEST,
    "invalid_prompt": ErrorKind.BAD_REQUEST,
    "context_length_exceeded": ErrorKind.CONTEXT_LENGTH,
    "max_tokens_exceeded": ErrorKind.CONTEXT_LENGTH,
    "token_limit_exceeded": ErrorKind.CONTEXT_LENGTH,
    "string_too_long": ErrorKind.TOO_LARGE,
    "content_policy_violation": ErrorKind.CONTENT_FILTER,
    "refusal": ErrorKind.CONTENT_FILTER,
    "authentication": ErrorKind.AUTH,
    "payment_required": ErrorKind.BILLING,
    "permission_denied": ErrorKind.PERMISSION,
    "not_found": ErrorKind.MODEL_NOT_FOUND,
    "timeout": ErrorKind.TIMEOUT,
    "payload_too_large": ErrorKind.TOO_LARGE,
    "rate_limit_exceeded": ErrorKind.RATE_LIMIT,
    "server": ErrorKind.SERVER,
    "unmapped": ErrorKind.SERVER,
    "provider_unavailable": ErrorKind.SERVER,
    "provider_overloaded": ErrorKind.OVERLOADED,
}
BY_AVAILABILITY: Final = {
    "model_not_found": ErrorKind.MODEL_NOT_FOUND,
    "no_endpoints": ErrorKind.MODEL_NOT_FOUND,
    "model_deprecated": ErrorKind.MODEL_NOT_FOUND,
    "free_variant_ended": ErrorKind.MODEL_NOT_FOUND,
    "wrong_endpoint": ErrorKind.MODEL_NOT_FOUND,
    "privacy_restricted": ErrorKind.PERMISSION,
    "constraint_filtered": ErrorKind.PERMISSION,
    "region_restricted": ErrorKind.PERMISSION,
    "capacity_exhausted": ErrorKind.OVERLOADED,
    "temporarily_unavailable": ErrorKind.OVERLOADED,
}
_MODERATION: Final = ("reasons", "flagged_input", "patterns")
_TOKEN_LIMIT: Final = re.compile(r"\b(max(imum)?[ _]\w*[ _]?tokens|token limit)\b", re.IGNORECASE)
_PER_DAY: Final = re.compile(r"\bper[ -]day\b", re.IGNORECASE)
_HINTS: Final = {
    ErrorKind.BILLING: "Add credits at OpenRouter, or ask for a smaller max_tokens.",
    ErrorKind.CONTENT_FILTER: "The content was refused; change it.",
    ErrorKind.MODEL_NOT_FOUND: "No endpoint serves that model under the account's routing and "
    "privacy settings; check its name and those settings.",
}


def name(endpoint: Endpoint, said: Told) -> Failure:
    metadata = _object(said.error, "metadata")
    availability = _object(said.error, "availability")
    said = msgspec.structs.replace(said, message=_message(said, metadata))
    kind = _kind(said, metadata, availability)
    retryable, wait = availability.get("retryable"), availability.get("retry_after")
    return failures.say(
        endpoint,
        said,
        kind,
        hint=_HINTS.get(kind),
        retryable=retryable if isinstance(retryable, bool) else None,
        wait=float(wait) if isinstance(wait, int | float) and wait >= 0 else None,
    )


def _kind(said: Told, metadata: dict[str, Any], availability: dict[str, Any]) -> ErrorKind:
    known = BY_AVAILABILITY.get(str(availability.get("code")))
    if known is not None:
        return known
    if said.status == 403 and any(metadata.get(name) for name in _MODERATION):
        return ErrorKind.CONTENT_FILTER
    if _PER_DAY.search(said.message):
        return ErrorKind.QUOTA
    known = BY_ERROR_TYPE.get(str(metadata.get("error_type")))
    if known not in (None, ErrorKind.BAD_REQUEST):
        return known
    if said.status == 404 and "code" in said.error:
        return ErrorKind.MODEL_NOT_FOUND
    if said.status == 400 and _TOKEN_LIMIT.search(said.message):
        return ErrorKind.CONTEXT_LENGTH
    return failures.kind_of(said)


def _message(said: Told, metadata: dict[str, Any]) -> str:
    """OpenRouter's sentence, then who said what behind it."""
    raw = metadata.get("raw")
    if isinstance(raw, str):
        inner = wording.error_object(wording.decode(raw.encode("utf-8", "replace")))
        raw = inner.get("message") if inner else raw
    elif raw:
        raw = msgspec.json.encode(raw).decode()
    who = metadata.get("provider_name")
    reasons = metadata.get("reasons")
    pieces = [said.message]
    if raw or isinstance(who, str):
        pieces.append(f"({who or 'the provider'}: {raw or 'no more was said'})")
    if isinstance(reasons, list) and reasons:
        pieces.append(f"[{', '.join(map(str, reasons))}]")
    return " ".join(pieces)


def _object(document: dict[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}
