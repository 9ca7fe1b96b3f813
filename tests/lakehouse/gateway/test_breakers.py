"""A breaker opens after failures in a row, lets one call try, and closes when that went well."""

import pytest

from lakehouse.gateway.breakers import Breakers
from providers.errors import ErrorKind, failure


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breakers(clock: Clock) -> Breakers:
    return Breakers(3, 30.0, 60.0, clock)


def fail(breakers: Breakers, times: int = 1, kind: ErrorKind = ErrorKind.SERVER) -> None:
    for _ in range(times):
        breakers.begin("p")
        breakers.ended("p", failure(kind, "broke"), heard=False)


def test_it_is_closed_at_first(breakers: Breakers) -> None:
    assert breakers.standing("p").state == "closed"


def test_it_opens_after_so_many_failures_in_a_row(breakers: Breakers) -> None:
    fail(breakers, 2)
    assert breakers.standing("p").lets_through
    fail(breakers)
    assert (breakers.standing("p").state, breakers.standing("p").secs) == ("open", 30.0)


def test_a_success_in_between_starts_the_count_again(breakers: Breakers) -> None:
    fail(breakers, 2)
    breakers.ended("p", None, heard=True)
    fail(breakers, 2)
    assert breakers.standing("p").state == "closed"


def test_a_client_that_left_says_nothing(breakers: Breakers) -> None:
    fail(breakers, 2)
    breakers.ended("p", None, heard=False)
    fail(breakers)
    assert breakers.standing("p").state == "open"


@pytest.mark.parametrize("kind", [ErrorKind.BAD_REQUEST, ErrorKind.CONTENT_FILTER])
def test_a_fault_of_the_request_shows_that_the_provider_answers(
    breakers: Breakers, kind: ErrorKind
) -> None:
    fail(breakers, 2)
    fail(breakers, 1, kind)
    fail(breakers, 2)
    assert breakers.standing("p").state == "closed"


def test_one_call_tries_when_its_time_is_over(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 3)
    clock.now += 31
    assert breakers.standing("p").lets_through
    breakers.begin("p")
    assert breakers.standing("p").state == "half_open"
    assert not breakers.standing("p").lets_through


def test_success_of_that_call_closes_it(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 3)
    clock.now += 31
    breakers.begin("p")
    breakers.ended("p", None, heard=True)
    assert breakers.standing("p").state == "closed"


def test_its_failure_opens_it_for_twice_as_long(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 3)
    clock.now += 31
    fail(breakers)
    assert breakers.standing("p").secs == 60.0


def test_a_failure_while_it_is_open_does_not_prolong_it(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 3)
    clock.now += 10
    fail(breakers, 5)
    assert breakers.standing("p").secs == 20.0


def test_it_never_rests_for_longer_than_five_minutes(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 3)
    for _ in range(8):
        clock.now += 301
        fail(breakers)
    assert breakers.standing("p").secs == 300.0


def test_a_retry_after_rests_the_provider_up_to_a_cap(breakers: Breakers) -> None:
    for asked, rests in ((5.0, 5.0), (3600.0, 60.0)):
        told = failure(ErrorKind.RATE_LIMIT, "slow down", retry_after=asked)
        breakers.ended("p", told, heard=False)
        assert breakers.standing("p").secs == rests


def test_a_call_that_went_well_ends_its_rest(breakers: Breakers) -> None:
    breakers.ended("p", failure(ErrorKind.RATE_LIMIT, "slow", retry_after=9.0), heard=False)
    breakers.ended("p", None, heard=True)
    assert breakers.standing("p").state == "closed"


def test_a_rate_limit_alone_does_not_open_it(breakers: Breakers) -> None:
    fail(breakers, 9, ErrorKind.RATE_LIMIT)
    assert breakers.standing("p").state == "closed"


def test_all_names_those_that_are_not_closed(breakers: Breakers) -> None:
    fail(breakers, 3)
    breakers.ended("q", None, heard=True)
    assert [standing.provider for standing in breakers.all()] == ["p"]
