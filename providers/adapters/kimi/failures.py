"""Kimi's errors. One status and type serve several of them, so the text decides.

Rows in the order of `wire/kimi.md`, with an account that was taken away before the limits.
"""

import re
from typing import Final

import msgspec

from providers.adapters.kimi.traits import BASES
from providers.adapters.openai_compatible import failures
from providers.adapters.openai_compatible.failures import Told
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, Failure

FIVE_HOURS, LONGER, AFTER_500 = 900.0, 3600.0, 1.0


class Row(msgspec.Struct, frozen=True):
    """Matches one status, by its `type` or by its text. None leaves a bit to the kind."""

    status: int
    kind: ErrorKind
    type: str = ""
    text: str = ""
    retryable: bool | None = None
    failover: bool | None = None
    hint: str | None = None

    def matches(self, said: Told) -> bool:
        if said.status not in (self.status, None):
            return False
        by_type = bool(self.type) and self.type in said.words
        return by_type or bool(
            self.text and re.search(self.text, said.message, re.IGNORECASE | re.DOTALL)
        )


_GATE_HINT: Final = (
    "The coding plan admits only the clients on its vendor's list, by their User-Agent; asking "
    "again does not help. What to send is the provider's user_agent setting: a name that is not "
    "yours breaks the plan's terms. Have your client admitted, or use the platform with its own "
    "key."
)
_QUOTA_HINT: Final = "The plan's window is spent; wait for it to be reset, or use another provider."
_FIVE_HOUR_TEXT: Final = r"5-hour"
_QUOTA_TEXT: Final = (
    r"reached[^.;!?]{0,120}usage limit|usage limit for this|monthly usage limit"
    r"|quota will be (refreshed|reset)"
)

ROWS: Final = (
    Row(400, ErrorKind.CONTENT_FILTER, type="content_filter", text=r"considered high risk"),
    Row(400, ErrorKind.TOO_LARGE, text=r"total message size.{0,80}exceeds limit"),
    Row(
        403,
        ErrorKind.GATE,
        text=r"only available for coding agents",
        retryable=False,
        failover=False,
        hint=_GATE_HINT,
    ),
    Row(
        403,
        ErrorKind.AUTH,
        text=r"access (has been |was |is )?terminated|suspended|\bterms of (service|use)\b",
        hint="The vendor took this account away; tell whoever runs it.",
    ),
    Row(403, ErrorKind.QUOTA, text=_QUOTA_TEXT, hint=_QUOTA_HINT),
    Row(403, ErrorKind.RATE_LIMIT, text=r"concurrent request limit", hint="Send fewer at once."),
    Row(403, ErrorKind.PERMISSION, text=r"do(es)? not have access to (the )?model"),
    Row(
        404,
        ErrorKind.MODEL_NOT_FOUND,
        type="resource_not_found_error",
        text=r"not found the model",
    ),
    Row(404, ErrorKind.PROTOCOL, text=r"method not found"),
    Row(429, ErrorKind.BILLING, type="exceeded_current_quota_error"),
    Row(429, ErrorKind.OVERLOADED, type="engine_overloaded_error"),
    Row(429, ErrorKind.QUOTA, text=_QUOTA_TEXT, hint=_QUOTA_HINT),
    Row(429, ErrorKind.RATE_LIMIT, text=r"\bTPD\b", retryable=False),
    Row(429, ErrorKind.RATE_LIMIT, type="rate_limit_reached_error"),
    Row(499, ErrorKind.CANCELLED, text=r"context canceled"),
)
_SECONDS: Final = re.compile(r"try again after (\d+(?:\.\d+)?) ?s(ec)?", re.IGNORECASE)


def name(endpoint: Endpoint, said: Told) -> Failure:
    if said.status == 401 or (said.inside and _names_a_bad_key(said)):
        return failures.say(endpoint, said, ErrorKind.AUTH, hint=_other_accounts(endpoint))
    if said.status is None and failures.kind_of(said) is ErrorKind.CONTEXT_LENGTH:
        return failures.name(endpoint, said)
    row = next((row for row in ROWS if row.matches(said)), None)
    if row is None:
        made = failures.name(endpoint, said)
        wait = _seconds(said) or (AFTER_500 if said.status == 500 else None)
        return msgspec.structs.replace(made, retry_after=made.retry_after or wait)
    return failures.say(
        endpoint,
        said,
        row.kind,
        hint=row.hint,
        retryable=row.retryable,
        failover=row.failover,
        wait=_wait(row, said),
    )


def _wait(row: Row, said: Told) -> float | None:
    if row.kind is ErrorKind.QUOTA:
        return FIVE_HOURS if re.search(_FIVE_HOUR_TEXT, said.message) else LONGER
    return _seconds(said)


def _seconds(said: Told) -> float | None:
    found = _SECONDS.search(said.message)
    return float(found[1]) if found else None


def _names_a_bad_key(said: Told) -> bool:
    return bool(said.words & {"invalid_authentication_error", "incorrect_api_key_error"})


def _other_accounts(endpoint: Endpoint) -> str:
    siblings = ", ".join(base for base in BASES if base != endpoint.base_url)
    return (
        f"The base URL used was {endpoint.base_url}. Keys of its sibling services do not work "
        f"there ({siblings}): check that {endpoint.auth or 'the secret'} holds a key of this one."
    )
