"""Rollups and retention: every call is in the sums exactly once, whatever happens when."""

import random
import threading
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from lakehouse.gateway.models import Attempt, Call
from lakehouse.observing import retention, rollups, usage
from lakehouse.observing.models import LateDay, Rollup
from lakehouse.observing.models.rollup import BUCKETS_MS

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def made(day: int, hour: float = 12.0, outcome: str = "complete", **more: Any) -> Call:
    """A call that began so many days ago."""
    return Call(
        operation="chat",
        instance=uuid.uuid4(),
        started_at=TODAY - timedelta(days=day) + timedelta(hours=hour),
        outcome=outcome,
        **{"provider": "echo", "model": "m"} | more,
    )


def kept(*calls: Call) -> list[Call]:
    return Call.objects.bulk_create(calls)


def at_random(seed: int, count: int = 120) -> list[Call]:
    draw = random.Random(seed)
    return [
        made(
            draw.randrange(45),
            draw.uniform(0, 23.999),
            draw.choice(["complete", "complete", "failed", "incomplete", "client_closed"]),
            api_key_id=draw.choice([None, 1, 2]),
            provider=draw.choice(["", "a", "b"]),
            model=draw.choice(["m", "n"]),
            profile=draw.choice(["", "fast"]),
            input_tokens=draw.randrange(1000),
            cached_tokens=draw.randrange(10),
            output_tokens=draw.randrange(1000),
            cost=draw.choice([None, Decimal(draw.randrange(10**9)).scaleb(-10)]),
            total_ms=draw.choice([None, float(draw.randrange(700_000))]),
            first_token_ms=draw.choice([None, float(draw.randrange(5000))]),
        )
        for _ in range(count)
    ]


def counted(calls: list[Call]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """By Python what the rollups must say, by day and all that tells calls apart."""
    groups: dict[tuple[Any, ...], list[Call]] = {}
    for call in calls:
        who = (call.api_key_id or 0, call.provider, call.model, call.profile)
        groups.setdefault((call.started_at.date(), *who), []).append(call)
    return {
        group: (
            len(own),
            sum(c.outcome in ("failed", "incomplete", "shutdown") for c in own),
            sum(c.input_tokens for c in own),
            sum(c.cached_tokens for c in own),
            sum(c.output_tokens for c in own),
            sum((c.cost for c in own if c.cost is not None), Decimal(0)),
            sum(c.cost is None and c.input_tokens + c.output_tokens > 0 for c in own),
            sum(c.total_ms for c in own if c.total_ms is not None),
            in_buckets([c.total_ms for c in own]),
            in_buckets([c.first_token_ms for c in own]),
        )
        for group, own in groups.items()
    }


def in_buckets(times: list[float | None]) -> list[int]:
    counts = [0] * (len(BUCKETS_MS) + 1)
    for time in times:
        if time is not None:
            counts[sum(end <= time for end in BUCKETS_MS)] += 1
    return counts


def told(by: tuple[str, ...] = usage.BY) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The same by the rollups and what is not in them."""
    found = usage.of_days(by, TODAY.date() - timedelta(days=60), TODAY.date(), {})
    return {
        tuple(u.of.values()): (
            *(u.calls, u.failed, u.input_tokens, u.cached_tokens, u.output_tokens),
            *(u.cost, u.unpriced, u.total_ms, u.total_buckets, u.first_token_buckets),
        )
        for u in found.rows
    }


@pytest.fixture(autouse=True)
def thirty_days(settings: Settings) -> None:
    settings.LAKEHOUSE_KEEP_CALLS_DAYS = 30


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 7)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(2))
def test_usage_is_the_sum_of_all_calls_before_between_and_after(
    seed: int, small_batches: None
) -> None:
    """Random calls, some written late, with roll-ups and forgetting in a random order."""
    draw = random.Random(seed)
    written: list[Call] = []
    for step in range(5):
        written += kept(*at_random(seed * 100 + step, 40))
        assert told() == counted(written)
        for act in draw.sample(["roll up", "forget"], 2):
            rollups.roll_up() if act == "roll up" else retention.forget_batch(30)
            assert told() == counted(written)
    retention.forget_old_calls()
    assert told() == counted(written)
    assert not Call.objects.filter(started_at__lt=TODAY - timedelta(days=30)).exists()


@pytest.mark.django_db
def test_a_finished_day_is_read_from_its_rollups_alone() -> None:
    kept(*(made(2, total_ms=5.0) for _ in range(3)), made(0))
    assert rollups.roll_up() == 1
    Rollup.objects.update(calls=50)
    assert {day: row[0] for (day,), row in told(("day",)).items()} == {
        TODAY.date() - timedelta(days=2): 50,
        TODAY.date(): 1,
    }


@pytest.mark.django_db
def test_a_call_that_ends_after_midnight_counts_for_the_day_it_began() -> None:
    (running, _) = kept(made(1, 23.99, "running"), made(1, 8))
    rollups.roll_day_up(TODAY.date() - timedelta(days=1))
    assert [row[0] for row in told().values()] == [1]
    Call.objects.filter(pk=running.pk).update(outcome="complete", finished_at=TODAY)
    assert [row[0] for row in told().values()] == [2]


@pytest.mark.django_db
def test_a_call_written_late_makes_its_day_due_again_and_no_other() -> None:
    kept(made(2), made(3))
    assert (rollups.roll_up(), rollups.roll_up()) == (2, 0)
    kept(made(3), made(0))
    assert [late.day for late in LateDay.objects.all()] == [TODAY.date() - timedelta(days=3)]
    assert (rollups.roll_up(), rollups.roll_up()) == (1, 0)
    assert not LateDay.objects.exists()


@pytest.mark.django_db
def test_a_call_that_comes_after_its_day_was_forgotten_is_added_to_it() -> None:
    first = kept(made(40, input_tokens=5, total_ms=3.0))
    retention.forget_old_calls()
    late = kept(made(40, input_tokens=7, total_ms=900.0))
    rollups.roll_up()
    assert told() == counted(first + late)
    assert retention.forget_old_calls() == 1
    assert told() == counted(first + late)
    assert Rollup.objects.get().forgotten


@pytest.mark.django_db
def test_old_calls_are_forgotten_with_their_tries_and_running_ones_are_not() -> None:
    old, running, new = kept(made(31), made(31, outcome="running"), made(30))
    for call in (old, running, new):
        shape = {"provider": "echo", "model": "m", "outcome": "complete"}
        Attempt.objects.create(call=call, number=1, started_at=call.started_at, **shape)
    assert retention.forget_old_calls() == 1
    assert set(Call.objects.all()) == {running, new}
    assert Attempt.objects.count() == 2


@pytest.mark.django_db
def test_zero_days_keeps_calls_for_ever(settings: Settings) -> None:
    settings.LAKEHOUSE_KEEP_CALLS_DAYS = 0
    kept(made(3000))
    assert retention.forget_old_calls() == 0
    assert Call.objects.count() == 1


@pytest.mark.django_db
def test_a_crash_in_the_middle_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, small_batches: None
) -> None:
    written = kept(*at_random(7))
    rollups.roll_up()
    real, batches = retention.forget_batch, iter(range(3))

    def dies(days: int) -> int:
        done = real(days)
        if next(batches) == 2:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(retention, "forget_batch", dies)
    with pytest.raises(KeyboardInterrupt):
        retention.forget_old_calls()
    assert told() == counted(written)
    monkeypatch.undo()
    retention.forget_old_calls()
    assert told() == counted(written)


@pytest.mark.django_db(transaction=True)
def test_two_workers_and_a_writer_at_once_count_each_call_once(small_batches: None) -> None:
    written = kept(*at_random(11, 150))
    late = at_random(12, 60)
    problems: list[BaseException] = []

    def at_once(*acts: Any) -> None:
        try:
            for act in acts:
                act()
                assert told(("provider",))[("a",)][0] >= 1
        except BaseException as error:
            problems.append(error)
        finally:
            connection.close()

    workers: list[list[Any]] = [[rollups.roll_up, retention.forget_old_calls, rollups.roll_up]] * 2
    writer: list[Any] = [partial(kept, *late[part : part + 10]) for part in range(0, 60, 10)]
    threads = [threading.Thread(target=at_once, args=acts) for acts in (*workers, writer)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert told() == counted(written + late)
    retention.forget_old_calls()
    rollups.roll_up()
    assert told() == counted(written + late)


@pytest.mark.django_db
def test_the_days_of_usage_are_utc_and_both_counted() -> None:
    kept(made(2, 0.0), made(1, 23.999), made(0, 0.0), made(3, 23.999))
    days: tuple[date, date] = (TODAY.date() - timedelta(days=2), TODAY.date() - timedelta(days=1))
    assert usage.of_days(("day",), *days, {}).total.calls == 2
