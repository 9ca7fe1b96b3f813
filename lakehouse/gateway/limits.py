"""Requests per minute per key, exact within this process: a sliding window of arrival times."""

import math
import time
from collections import deque

from lakehouse.errors import ApiError
from lakehouse.gateway.live import Principal

WINDOW_SECS = 60.0


class RateLimiter:
    def __init__(self) -> None:
        self._arrivals: dict[int, deque[float]] = {}

    def admit(self, principal: Principal, now: float | None = None) -> None:
        """Counts one request. Raises ApiError(429) with when to come back."""
        limit = principal.requests_per_minute
        if limit is None:
            return
        now = time.monotonic() if now is None else now
        arrivals = self._arrivals.setdefault(principal.id, deque())
        while arrivals and arrivals[0] <= now - WINDOW_SECS:
            arrivals.popleft()
        if len(arrivals) >= limit:
            wait = math.ceil(arrivals[0] + WINDOW_SECS - now)
            raise ApiError(
                429,
                "rate_limit_exceeded",
                f"This key may make {limit} requests a minute. Wait {wait} s, or ask "
                f"{principal.owner} for a higher limit.",
                retry_after=wait,
                retry=True,
            )
        arrivals.append(now)
