"""The last minute of each key, counted in this process."""

from collections import deque

from lakehouse.gateway.limits.standing import TOKENS_SECS, WINDOW_SECS, Asked, Kind, Standing


class Windows:
    """Times are seconds of a clock that never goes back.

    Nothing here waits, so of any number of calls at once exactly those within a limit pass.
    """

    def __init__(self) -> None:
        self._arrivals: dict[int, deque[float]] = {}
        self._tokens: dict[int, dict[int, int]] = {}  # by the second, the oldest first

    def take(self, asked: Asked, now: float) -> Standing:
        """Counts one request and holds its tokens, unless a limit is reached: then neither."""
        arrivals: deque[float] = deque()
        seconds: dict[int, int] = {}
        refused: Kind | None = None
        if asked.requests is not None:
            arrivals = self._arrivals.setdefault(asked.key, deque())
            while arrivals and arrivals[0] <= now - WINDOW_SECS:
                arrivals.popleft()
            if len(arrivals) >= asked.requests:
                refused = "requests"
        if asked.tokens is not None:
            seconds = self._seconds(asked.key, now)
            if refused is None and sum(seconds.values()) >= asked.tokens:
                refused = "tokens"
        if refused is None:
            if asked.requests is not None:
                arrivals.append(now)
            if asked.tokens is not None and asked.hold:
                seconds[int(now)] = seconds.get(int(now), 0) + asked.hold
        return Standing(
            refused,
            len(arrivals),
            _requests_wait(arrivals, asked.requests, now),
            sum(seconds.values()),
            _tokens_wait(seconds, asked.tokens, now),
            int(now),
        )

    def settle(self, key: int, second: int, held: int, used: int, now: float) -> None:
        """Puts what a call used in the place of what was held for it, as used now.

        What was held is gone by itself after a minute, and then a longer call counts at its end.
        """
        seconds = self._seconds(key, now)
        if second in seconds:
            seconds[second] = max(seconds[second] - held, 0)
        if used:
            seconds[int(now)] = seconds.get(int(now), 0) + used

    def _seconds(self, key: int, now: float) -> dict[int, int]:
        seconds = self._tokens.setdefault(key, {})
        for second in [s for s in seconds if s + TOKENS_SECS <= now]:
            del seconds[second]
        return seconds


def _requests_wait(arrivals: deque[float], limit: int | None, now: float) -> float:
    if limit is None or not arrivals:
        return 0.0
    # A limit that was lowered has more than one to wait for.
    first = min(max(len(arrivals) - limit, 0), len(arrivals) - 1)
    return arrivals[first] + WINDOW_SECS - now


def _tokens_wait(seconds: dict[int, int], limit: int | None, now: float) -> float:
    if limit is None or not seconds:
        return 0.0
    over, last = sum(seconds.values()) - limit, 0
    for second, tokens in seconds.items():
        over, last = over - tokens, second
        if over < 0:
            break
    return last + TOKENS_SECS - now
