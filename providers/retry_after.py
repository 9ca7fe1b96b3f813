"""How long an upstream asks us to wait."""

import re
import time
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

CAP = 3600.0
# Not all that Python reads as a number: no nan, no inf, no 1_000.
_NUMBER = re.compile(r"\s*-?(\d+(\.\d*)?|\.\d+)\s*", re.ASCII)


def from_headers(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds from `retry-after-ms` or `retry-after` (seconds or an HTTP date).

    None when absent or unreadable; never negative, never above an hour.
    """
    milliseconds = headers.get("retry-after-ms")
    if milliseconds is not None:
        seconds = _number(milliseconds)
        if seconds is not None:
            return _capped(seconds / 1000)
    text = headers.get("retry-after")
    if text is None:
        return None
    seconds = _number(text)
    if seconds is not None:
        return _capped(seconds)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    # HTTP's dates are UTC also where they do not say so; Python would take local time.
    at = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    return _capped(at - (time.time() if now is None else now))


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _capped(seconds: float) -> float:
    return min(max(seconds, 0.0), CAP)
