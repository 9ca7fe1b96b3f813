"""What is counted, by which labels, and who may read it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.test import RequestFactory
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from lakehouse.errors import ApiError
from lakehouse.gateway import live
from lakehouse.gateway.services import Services
from lakehouse.gateway.views.metrics import allow
from lakehouse.observing import exposition
from lakehouse.observing.here import Observing
from lakehouse.observing.now import Jobs
from lakehouse.observing.troubles import troubles
from profiles.observer.policy import Observer
from tests.lakehouse.observing.watched import ended
from tests.profiles import making


class Away:
    """Limits in a Redis that does not answer."""

    healthy = False


Samples = dict[tuple[Any, ...], float]


@pytest.fixture
def observing(db: None) -> Iterator[Observing]:
    making.provider("echo")
    live.reload()
    yield Services().observing


def scraped(observing: Observing) -> Samples:
    """The values by name and labels, without the worker."""
    text = exposition.text(observing._own.families(), [], 0).decode()
    return {
        (s.name, *(v for k, v in sorted(s.labels.items()) if k != "worker")): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


def test_a_call_is_counted_with_its_try_tokens_times_and_cost(observing: Observing) -> None:
    call = ended(cost="0.25")
    observing.metrics.seen(call)
    observing.metrics.written([call.finished])
    found = scraped(observing)
    assert found["lakehouse_calls_total", "", "chat", "complete", "echo"] == 1
    assert found["lakehouse_attempts_total", "complete", "echo"] == 1
    assert found["lakehouse_tokens_total", "input", "echo"] == 12
    assert found["lakehouse_cost_usd_total", "echo"] == 0.25
    assert found["lakehouse_call_seconds_bucket", "0.1", "echo"] == 0
    assert found["lakehouse_call_seconds_bucket", "0.25", "echo"] == 1
    assert found["lakehouse_first_token_seconds_sum", "echo"] == 0.03


def test_a_failed_call_counts_with_its_kind_and_not_in_the_times(observing: Observing) -> None:
    observing.metrics.seen(ended(outcome="failed", error_kind="server", first_token_ms=None))
    found = scraped(observing)
    assert found["lakehouse_calls_total", "server", "chat", "failed", "echo"] == 1
    assert found["lakehouse_call_seconds_count", "echo"] == 0


def test_no_client_can_make_a_label(observing: Observing) -> None:
    for number in range(500):
        observing.metrics.seen(ended(f"p{number}", model=f"m{number}", model_asked=f"a{number}"))
        observing.metrics.seen(ended("", outcome="failed", error_kind=f"k{number}"))
        observing.metrics.refused(f"c{number}")
    assert set(observing.metrics.tallies) == {"other", "none"}
    found = scraped(observing)
    assert len(found) < 600
    assert found["lakehouse_calls_total", "other", "chat", "failed", "none"] == 300
    assert not any(label in {"m1", "a1", "ana's laptop"} for labels in found for label in labels)


def test_breakers_records_and_ring_are_shown_as_they_stand(observing: Observing) -> None:
    observing.ring.seen(ended())
    observing.services.recorder.dropped = 4
    found = scraped(observing)
    assert found["lakehouse_breaker", "echo"] == 0
    assert found["lakehouse_records_dropped_total",] == 4
    assert found["lakehouse_ring_seen_total",] == 1


def test_a_database_that_hangs_is_no_database(observing: Observing) -> None:
    assert scraped(observing)["lakehouse_database_up",] == 1
    late = ended().finished
    late.row.finished_at = timezone.now() - timedelta(seconds=6)
    observing.services.recorder.finished(late)
    assert scraped(observing)["lakehouse_database_up",] == 0
    assert observing.services.readiness()["database"] == observing.standing().database == "away"


def test_lost_traces_and_limits_that_are_counted_alone_are_shown(observing: Observing) -> None:
    assert scraped(observing)["lakehouse_limits_together",] == 1
    forwarder, limiter = observing.services.forwarder, observing.services.limiter
    forwarder.seen(msgspec.structs.replace(ended(), observer=Observer(langfuse=True)))
    limiter._shared = Away()  # type: ignore[assignment]
    found = scraped(observing)
    assert (found["lakehouse_traces_dropped_total",], found["lakehouse_limits_together",]) == (1, 0)
    assert observing.services.readiness()["limits"] == "counted by each process alone"
    shown = troubles([], [observing.standing()], 0, Jobs(0, 0, True))
    assert [trouble.title[:13] for trouble in shown] == ["Redis is away"]


def asked(peer: str = "127.0.0.1", method: str = "GET", **headers: str) -> int:
    """The status of a refusal; 200 when there is none."""
    named: dict[str, Any] = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    request = RequestFactory(SERVER_NAME="localhost").generic(
        method, "/metrics", REMOTE_ADDR=peer, **named
    )
    try:
        allow(request)
    except ApiError as refused:
        return refused.status
    return 200


def test_without_a_token_only_this_machine_may_read() -> None:
    assert (asked(), asked("::1")) == (200, 200)
    assert [asked(peer) for peer in ("10.0.0.5", "8.8.8.8", "")] == [403, 403, 403]


@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded", "x_real_ip", "via"])
def test_what_came_by_a_proxy_is_not_from_this_machine(header: str) -> None:
    assert asked(**{header: "127.0.0.1"}) == 403
    assert asked("10.0.0.5", **{header: "127.0.0.1"}) == 403


@pytest.mark.parametrize(
    ("name", "value"),
    [("LAKEHOUSE_TRUST_PROXY", True), ("LAKEHOUSE_PUBLIC_URL", "https://lakehouse.example")],
)
def test_where_a_proxy_stands_in_front_a_token_is_needed(
    settings: Any, name: str, value: Any
) -> None:
    setattr(settings, name, value)
    assert asked() == 403
    settings.LAKEHOUSE_METRICS_TOKEN = "scrape-me"
    assert asked(authorization="Bearer scrape-me") == 200


def test_a_name_of_another_site_that_leads_here_is_refused() -> None:
    assert asked(host="rebound.example") == 403


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer no", "Basic scrape-me", "Bearer scräpe-me"])
def test_with_a_token_nobody_is_let_in_without_it(settings: Any, sent: str) -> None:
    settings.LAKEHOUSE_METRICS_TOKEN = "scrape-me"
    assert asked(authorization=sent) == 401
    assert asked() == 401


def test_it_is_only_read() -> None:
    assert asked(method="POST") == 405
