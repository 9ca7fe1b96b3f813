"""The queue: nothing waits on it, and produced = sent + dropped + waiting."""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import pytest

from lakehouse.observing.forwarding import exporter, forwarder
from lakehouse.observing.forwarding.forwarder import Counts, Forwarder
from lakehouse.observing.forwarding.target import Target
from profiles.observer.policy import Observer
from tests.lakehouse.observing.calls import FORWARDING, WITH_CONTENT, seen
from tests.test_house import PACKAGES, modules, name
from tests.upstreams.base import Answer
from tests.upstreams.collector import Collector

HANGING = Answer.of(b"", delay=60)


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as made:
        yield made


@pytest.fixture(autouse=True)
def no_thread_is_left(quick: None) -> Iterator[None]:
    """One that goes on draws random numbers, which upsets other tests."""
    yield
    for thread in threading.enumerate():
        if thread.name == "traces":
            thread.join(6)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarder, "FLUSH_SECS", 0.02)
    monkeypatch.setattr(forwarder, "SETTLE_SECS", 0.0)
    monkeypatch.setattr(forwarder, "STOP_SECS", 0.3)
    monkeypatch.setattr(exporter, "PAUSE_SECS", (0.01, 0.01))
    monkeypatch.setattr(exporter, "TIMEOUT_SECS", 0.6)


@contextmanager
def forwarding(collector: Collector) -> Iterator[Forwarder]:
    made = Forwarder(Target(collector.endpoint))
    try:
        yield made
    finally:
        made.stop()


def eventually(condition: Callable[[], bool], within: float = 3.0) -> None:
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def with_queue(size: int) -> Observer:
    return msgspec.structs.replace(FORWARDING, langfuse_queue=size)


def test_what_is_seen_is_sent(collector: Collector) -> None:
    with forwarding(collector) as made:
        for _ in range(100):
            made.seen(seen())
        eventually(lambda: made.counts() == Counts(100, 100, 0, 0))
        assert len({span.trace_id for span in collector.spans}) == 100


def test_a_profile_that_does_not_forward_starts_nothing(collector: Collector) -> None:
    with forwarding(collector) as made:
        made.seen(seen(observer=Observer()))
        assert made.counts() == Counts(0, 0, 0, 0) and made._thread is None


def test_opentelemetry_is_imported_by_the_thread_only() -> None:
    ours = "lakehouse/observing/forwarding/"
    at_once = re.compile(
        r"^(import|from) (opentelemetry|lakehouse\.observing\.forwarding\.(exporter|spans)\b)",
        re.MULTILINE,
    )
    users = [name(path) for path in modules(*PACKAGES) if at_once.search(path.read_text())]
    assert users == [f"{ours}exporter.py", f"{ours}spans.py"]


def test_past_the_profiles_queue_traces_are_dropped_and_counted(collector: Collector) -> None:
    collector.next(HANGING)
    with forwarding(collector) as made:
        for _ in range(50):
            made.seen(seen(observer=with_queue(10)))
        assert made.counts() == Counts(50, 0, 40, 10)
    assert made.counts() == Counts(50, 0, 50, 0)


def test_what_no_collector_takes_is_dropped_and_counted(collector: Collector) -> None:
    collector.next(Answer.of(b"", 500))
    with forwarding(collector) as made:
        made.seen(seen())
        eventually(lambda: made.counts() == Counts(1, 0, 1, 0))
        made.seen(seen())
        eventually(lambda: made.counts() == Counts(2, 1, 1, 0))


def test_without_an_endpoint_all_is_dropped_and_the_log_says_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    made = Forwarder(None)
    for _ in range(3):
        made.seen(seen())
    assert made.counts() == Counts(3, 0, 3, 0)
    (line,) = caplog.messages
    assert "LAKEHOUSE_OTLP_ENDPOINT is not set" in line


def test_the_log_tells_once_that_traces_are_lost_and_once_that_they_are_not(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    collector.next(*[Answer.of(b"", 500)] * 2)
    with forwarding(collector) as made:
        for _ in range(3):
            made.seen(seen())
            eventually(lambda: made.counts().waiting == 0)
    assert caplog.messages == [
        f"traces are dropped and counted: {collector.url} answered 500.",
        "traces are taken again; 2 were dropped",
    ]


def test_a_call_whose_trace_cannot_be_made_costs_no_other(collector: Collector) -> None:
    broken = seen(trace_id="not hexadecimal")
    with forwarding(collector) as made:
        for call in (seen(), broken, seen()):
            made.seen(call)
        eventually(lambda: made.counts() == Counts(3, 2, 1, 0))


def test_stopping_sends_what_waits(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarder, "FLUSH_SECS", 60)
    monkeypatch.setattr(forwarder, "STOP_SECS", 3)
    made = Forwarder(Target(collector.endpoint))
    made.seen(seen())
    made.stop()
    assert made.counts() == Counts(1, 1, 0, 0)
    made.seen(seen())
    assert made.counts() == Counts(2, 1, 1, 0)


def test_stopping_waits_for_a_hanging_collector_so_long_and_no_longer(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    collector.next(HANGING)
    made = Forwarder(Target(collector.endpoint))
    made.seen(seen())
    eventually(lambda: bool(collector.ledger))
    started = time.monotonic()
    made.stop()
    assert 0.2 < time.monotonic() - started < 1
    assert made.counts() == Counts(1, 0, 1, 0)
    assert caplog.messages == ["1 traces were not sent before the end"]


def test_so_much_content_waits_and_no_more(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarder, "MOST_CONTENT", 1000)
    collector.next(HANGING)
    with forwarding(collector) as made:
        for _ in range(5):
            made.seen(seen(observer=WITH_CONTENT, asked="x" * 600))
        kept = [call.content is not None for call in made._queue]
        assert kept.count(True) <= 2 and made.counts().waiting == 5


def test_a_call_is_taken_in_microseconds(collector: Collector) -> None:
    collector.next(HANGING)
    calls = [seen() for _ in range(500)]
    with forwarding(collector) as made:
        made.seen(calls[0])
        eventually(lambda: bool(collector.ledger))
        started = time.perf_counter()
        for call in calls:
            made.seen(call)
        assert (time.perf_counter() - started) / len(calls) < 100e-6
