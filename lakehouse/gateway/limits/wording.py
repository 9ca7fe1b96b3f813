"""What clients are told of their key's limits: headers on each answer, and the refusals."""

import math
from datetime import UTC, datetime

from lakehouse.errors import ApiError
from lakehouse.gateway.limits.standing import Asked, Standing
from lakehouse.gateway.live import Principal


def headers(asked: Asked, standing: Standing) -> dict[str, str]:
    """As OpenAI names them; `reset` is when the oldest that counts no longer does."""
    told: dict[str, str] = {}
    if asked.requests is not None:
        told["x-ratelimit-limit-requests"] = str(asked.requests)
        told["x-ratelimit-remaining-requests"] = str(max(asked.requests - standing.requests, 0))
        told["x-ratelimit-reset-requests"] = f"{standing.requests_wait:.3f}s"
    if asked.tokens is not None:
        told["x-ratelimit-limit-tokens"] = str(asked.tokens)
        told["x-ratelimit-remaining-tokens"] = str(max(asked.tokens - standing.tokens, 0))
        told["x-ratelimit-reset-tokens"] = f"{standing.tokens_wait:.3f}s"
    return told


def too_many_requests(principal: Principal, asked: Asked, standing: Standing) -> ApiError:
    text = f"may make {_many(asked.requests, 'request')} a minute, and has made them."
    return _too_many(principal, asked, standing, text, standing.requests_wait)


def too_many_tokens(principal: Principal, asked: Asked, standing: Standing) -> ApiError:
    text = (
        f"may use {_many(asked.tokens, 'token')} a minute; {standing.tokens} were used in the last "
        "one or are held for calls that are open."
    )
    return _too_many(principal, asked, standing, text, standing.tokens_wait)


def over_budget(principal: Principal, spent: float, until: datetime) -> ApiError:
    """`until` is when the next month begins, UTC."""
    return ApiError(
        402,
        "budget_exceeded",
        f'The key "{principal.label}" has spent ${spent:.2f} of its monthly budget of '
        f"${principal.monthly_budget:.2f}. The next month's begins on {until:%Y-%m-%d} at 00:00 "
        f"UTC; for a higher one ask {principal.owner}.",
        retry_after=(until - datetime.now(UTC)).total_seconds(),
        retry=False,
    )


def _too_many(
    principal: Principal, asked: Asked, standing: Standing, text: str, wait: float
) -> ApiError:
    secs = max(math.ceil(wait), 1)
    return ApiError(
        429,
        "rate_limit_exceeded",
        f'The key "{principal.label}" {text} Wait {secs} s, or ask {principal.owner} for a '
        "higher limit.",
        retry_after=secs,
        retry=True,
        headers=headers(asked, standing),
    )


def _many(number: int | None, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
