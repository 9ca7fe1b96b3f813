"""How long an upstream asks us to wait."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.retry_after import CAP, from_headers

# Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110's own examples.
THEN = 784111777.0


def after(text: str, now: float | None = None) -> float | None:
    return from_headers({"retry-after": text}, now)


@pytest.mark.parametrize(
    ("text", "seconds"), [("7", 7.0), ("0", 0.0), ("1.5", 1.5), (" 3 ", 3.0), ("60", 60.0)]
)
def test_seconds_are_seconds(text: str, seconds: float) -> None:
    assert after(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 -0000",
        "Sun, 06 Nov 1994 09:49:37 +0100",
    ],
)
def test_a_date_is_the_time_until_then(text: str) -> None:
    assert after(text, now=THEN - 30) == 30.0


def test_a_date_without_a_zone_is_not_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert after("Sun, 06 Nov 1994 08:49:37", now=THEN - 30) == 30.0
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_date_counts_from_now_when_nothing_else_is_said() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    wait = after(soon)
    assert wait is not None and 95 < wait <= 100


def test_a_date_that_is_past_is_no_wait() -> None:
    assert after("Sun, 06 Nov 1994 08:49:37 GMT", now=THEN + 30) == 0.0


def test_a_negative_wait_is_none_at_all() -> None:
    assert after("-5") == 0.0


@pytest.mark.parametrize("text", ["86400", "9" * 400, "Sun, 06 Nov 2094 08:49:37 GMT"])
def test_a_long_wait_is_capped_at_an_hour(text: str) -> None:
    assert after(text) == CAP == 3600.0


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "-inf", "7 s", "Sun, 99 Nov", "1_0"])
def test_what_cannot_be_read_is_none(text: str) -> None:
    assert after(text) is None


def test_no_header_is_none() -> None:
    assert from_headers({"content-type": "application/json"}) is None


def test_milliseconds_win_over_seconds() -> None:
    assert from_headers({"retry-after-ms": "250", "retry-after": "9"}) == 0.25


@pytest.mark.parametrize("text", ["", "soon", "nan"])
def test_unreadable_milliseconds_leave_it_to_the_seconds(text: str) -> None:
    assert from_headers({"retry-after-ms": text, "retry-after": "9"}) == 9.0


def test_milliseconds_are_capped_too() -> None:
    assert from_headers({"retry-after-ms": "99999999"}) == CAP


PARTS = st.sampled_from(
    ["Sun", ", ", " ", "06", "Nov", "1994", "99999999999", "08:49:37", ":", "GMT", "-0000", "+9999"]
)


@settings(deadline=None)
@given(st.text(max_size=30) | st.lists(PARTS, max_size=10).map("".join))
def test_no_text_raises_or_waits_outside_the_bounds(text: str) -> None:
    wait = from_headers({"retry-after": text, "retry-after-ms": text}, now=THEN)
    assert wait is None or 0.0 <= wait <= CAP
