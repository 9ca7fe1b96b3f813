"""A provider that was too slow is left alone a while, or every call would wait for it."""

import time

REST_SECS = 30.0

_until: dict[tuple[str, str], float] = {}


def rest(provider: str, work: str) -> None:
    """It took too long for this work, "embed" or "rerank"."""
    _until[provider, work] = time.monotonic() + REST_SECS


def rested(provider: str, work: str) -> float:
    """Seconds until it is asked again; 0.0 when it may be."""
    return max(_until.get((provider, work), 0.0) - time.monotonic(), 0.0)


def forget() -> None:
    _until.clear()
