"""Ids of calls: unique, and ordered by time."""

import time
from datetime import UTC, datetime

from lakehouse.gateway.ids import new_id


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = new_id()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")


def test_its_first_bits_are_the_time_in_milliseconds() -> None:
    stamp = (new_id().int >> 80) / 1000
    assert abs(stamp - datetime.now(UTC).timestamp()) < 1


def test_a_thousand_at_once_are_a_thousand() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000


def test_later_ones_sort_later() -> None:
    first = new_id()
    time.sleep(0.002)
    assert new_id() > first
