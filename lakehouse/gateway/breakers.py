"""A breaker for each provider, in this process: closed, open, half-open by one real call.

It opens after some failures in a row, and a ladder then skips the provider. When its
time is over one call tries (half-open): success closes it, failure opens it for twice
as long. A Retry-After rests the provider likewise. A call that has no other rung is
let through: its answer is news for the breaker, and refusing it would help nobody.
"""

import time
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from providers.errors import ErrorKind, Failure

LONGEST_SECS = 300.0
# What tells of the provider, not of the request. The rest shows that it answers.
COUNTED = frozenset(
    {
        ErrorKind.UNREACHABLE,
        ErrorKind.TIMEOUT,
        ErrorKind.SERVER,
        ErrorKind.OVERLOADED,
        ErrorKind.PROTOCOL,
        ErrorKind.AUTH,
        ErrorKind.BILLING,
        ErrorKind.QUOTA,
    }
)
# Neither good nor bad news.
SILENT = frozenset({ErrorKind.CANCELLED, ErrorKind.BUSY, ErrorKind.SECRET, ErrorKind.EGRESS})
State = Literal["closed", "open", "half_open"]


class Standing(msgspec.Struct, frozen=True):
    """How one breaker stands. `secs` until it lets a call try; 0 when it does now."""

    provider: str
    state: State
    secs: float = 0.0
    failures: int = 0
    reason: str = ""

    @property
    def lets_through(self) -> bool:
        return self.state == "closed" or (self.state == "half_open" and self.secs == 0)


class _Breaker:
    def __init__(self) -> None:
        self.failures = 0
        self.until = 0.0  # 0: closed
        self.rests_until = 0.0
        self.rested = 0.0
        self.probing = False
        self.reason = ""


class Breakers:
    """`changed` is set whenever a breaker opens, closes or half-opens."""

    def __init__(
        self,
        failures: int,
        open_secs: float,
        longest_rest: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = failures
        self._open_secs = open_secs
        self._longest_rest = longest_rest
        self._clock = clock
        self._of: dict[str, _Breaker] = {}
        self.changed = False

    def standing(self, provider: str) -> Standing:
        """As it is now; takes nothing."""
        found = self._of.get(provider)
        if found is None:
            return Standing(provider, "closed")
        now = self._clock()
        left = max(found.until, found.rests_until) - now
        if left > 0:
            return Standing(provider, "open", left, found.failures, found.reason)
        if found.until:
            # Somebody is trying already: others wait for what that brings.
            wait = 1.0 if found.probing else 0.0
            return Standing(provider, "half_open", wait, found.failures, found.reason)
        return Standing(provider, "closed", 0.0, found.failures, found.reason)

    def begin(self, provider: str) -> None:
        """A call is made. In half-open it is the one that tries."""
        found = self._of.get(provider)
        if found is not None and found.until and found.until <= self._clock():
            found.probing = True
            self.changed = True

    def ended(self, provider: str, failure: Failure | None, *, heard: bool) -> None:
        """How a call went. `heard`: to its end, which it was not when its client left."""
        found = self._of.get(provider)
        if failure is None:
            if found is not None:
                found.probing = False
                if heard:
                    self._close(found)
            return
        found = self._of.setdefault(provider, _Breaker())
        found.probing = False
        if failure.kind in SILENT:
            return
        if failure.retry_after:
            self._rest(found, failure)
        if failure.kind in COUNTED:
            self._count(found, failure)
        elif failure.kind is not ErrorKind.RATE_LIMIT:
            self._close(found)

    def all(self) -> Iterable[Standing]:
        """Those that are not simply closed."""
        found = (self.standing(name) for name in sorted(self._of))
        return [standing for standing in found if standing.state != "closed"]

    def _rest(self, found: _Breaker, failure: Failure) -> None:
        assert failure.retry_after is not None
        found.rests_until = self._clock() + min(failure.retry_after, self._longest_rest)
        found.reason = failure.message[:300]
        self.changed = True

    def _count(self, found: _Breaker, failure: Failure) -> None:
        found.failures += 1
        if found.until > self._clock():
            return  # a call without a ladder was let through, and brought no news
        if found.until:
            found.rested = min(found.rested * 2, LONGEST_SECS)
        elif found.failures >= self._limit:
            found.rested = self._open_secs
        else:
            return
        found.until = self._clock() + found.rested
        found.reason = failure.message[:300]
        self.changed = True

    def _close(self, found: _Breaker) -> None:
        if found.until or found.rests_until:
            self.changed = True
        found.failures, found.until, found.rested, found.rests_until = 0, 0.0, 0.0, 0.0
