"""Failed calls are counted in clusters: each once, whoever counts and whatever breaks."""

import random
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from lakehouse.gateway.models import Call
from lakehouse.observing import clustering, states
from lakehouse.observing.models import Alert, AlertGate, Cluster
from profiles.observer.policy import Observer
from tests.lakehouse.observing.failing import WATCHING, at_rest, failed, only, run, storm, told

pytestmark = pytest.mark.django_db


def test_equal_failures_are_one_cluster_with_its_newest_calls() -> None:
    calls = [failed(100 - n, f"It broke after {n} s.") for n in range(12)]
    assert run() == 12
    cluster = only()
    assert (cluster.count, cluster.message) == (12, "It broke after <n> s.")
    assert cluster.samples == [call.id for call in reversed(calls[2:])]
    assert (cluster.first_seen, cluster.last_seen) == (calls[0].started_at, calls[11].started_at)


def test_a_call_is_counted_once_and_knows_its_cluster() -> None:
    call = failed()
    assert (run(), run()) == (1, 0)
    call.refresh_from_db()
    assert (only().count, call.fingerprint) == (1, only().pk)


@pytest.mark.parametrize("outcome", ["complete", "client_closed", "running", "shutdown"])
def test_what_did_not_fail_is_in_no_cluster(outcome: str) -> None:
    failed(outcome=outcome)
    assert run() == 0


def test_batches_of_any_size_and_order_give_the_same_clusters() -> None:
    calls = [
        {"id": uuid.UUID(int=n + 1), "ago": 50 - n // 2, "message": "xy"[n % 2] + str(n)}
        for n in range(24)
    ]
    found = []
    moment = timezone.now()
    for size in (1, 5, 24):
        Call.objects.all().delete()
        Cluster.objects.all().delete()
        random.Random(size).shuffle(calls)
        for at in range(0, 24, size):
            for call in calls[at : at + size]:
                when = moment - timedelta(seconds=int(str(call["ago"])))
                failed(
                    id=call["id"], message=str(call["message"]), started_at=when, finished_at=when
                )
            run()
        names = ("fingerprint", "count", "first_seen", "last_seen", "samples")
        found.append(sorted(Cluster.objects.values_list(*names)))
    assert found[0] == found[1] == found[2] and len(found[0]) == 2


def test_a_run_that_breaks_leaves_nothing_half_done() -> None:
    failed()
    broken = Observer(failure_cluster_size=1, failure_cluster_secs="no number")  # type: ignore[arg-type]
    with pytest.raises(Exception, match="no number"):
        clustering.cluster_batch(broken)
    assert not Cluster.objects.exists()
    assert Call.objects.get().fingerprint == ""


def test_a_new_failure_reopens_a_resolved_cluster() -> None:
    failed()
    run()
    states.resolve(only(), who="ana", note="mended")
    failed(-1)
    run()
    assert (only().state, only().state_by, only().note) == ("open", "", "mended")


def test_a_failure_from_before_it_was_resolved_does_not_reopen_it() -> None:
    failed(5)
    run()
    states.resolve(only(), who="ana")
    failed(3)
    run()
    assert (only().state, only().count) == ("resolved", 2)


def test_a_cluster_without_events_for_three_windows_is_resolved() -> None:
    failed()
    run()
    assert clustering.resolve_quiet(WATCHING) == 0
    at_rest(only(), 901)
    assert clustering.resolve_quiet(WATCHING) == 1
    assert (only().state, only().state_by) == ("resolved", "")


def test_a_cluster_that_a_person_reopened_stays_open_for_as_long() -> None:
    failed(1000)
    run()
    assert clustering.resolve_quiet(WATCHING) == 1
    states.reopen(only(), who="ana")
    assert (clustering.resolve_quiet(WATCHING), only().state) == (0, "open")
    Cluster.objects.update(state_at=timezone.now() - timedelta(seconds=901))
    assert clustering.resolve_quiet(WATCHING) == 1


@pytest.fixture
def three_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustering, "MOST_CLUSTERS", 3)


def test_past_their_number_failures_go_into_one_cluster_a_provider(three_clusters: None) -> None:
    for word in ("one", "two", "three", "four", "five"):
        failed(message=f"It broke {word}.")
    run()
    run()
    other = Cluster.objects.get(fingerprint__startswith="1:other:")
    assert (Cluster.objects.count(), other.count, other.provider) == (4, 2, "p")


def test_old_resolved_clusters_make_room(three_clusters: None) -> None:
    for word in ("one", "two", "three"):
        failed(message=f"It broke {word}.")
    run()
    states.resolve(Cluster.objects.get(message="It broke two."), who="ana")
    failed(message="It broke four.")
    run()
    kept = Cluster.objects.values_list("message", flat=True)
    assert sorted(kept) == ["It broke four.", "It broke one.", "It broke three."]


def test_a_storm_is_one_cluster_and_one_alert_a_channel_and_takes_seconds(
    settings: Settings,
) -> None:
    settings.LAKEHOUSE_ALERT_EMAIL = ["ana@corp.example"]
    settings.LAKEHOUSE_ALERT_WEBHOOK = settings.LAKEHOUSE_ALERT_SLACK = "http://127.0.0.1:9/"
    storm(10_000)
    began = time.monotonic()
    assert clustering.cluster_failures() == 10_000
    took = time.monotonic() - began
    assert (only().count, len(only().samples)) == (10_000, 10)
    channels = Alert.objects.values_list("channel", flat=True)
    assert sorted(channels) == ["email", "log", "slack", "webhook"]
    assert set(AlertGate.objects.values_list("suppressed", flat=True)) == {8000}
    assert took < 10, f"{took:.1f} s"


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.fixture(autouse=True)
    def emptied(self) -> Iterator[None]:
        yield
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE gateway_call, observing_cluster CASCADE")

    def test_of_many_workers_each_call_is_counted_by_one(self) -> None:
        storm(400)
        for word in ("one", "two", "three"):
            failed(message=word)
        both = threading.Barrier(4)

        def work(_: Any) -> int:
            both.wait(5)
            try:
                return sum(iter(lambda: clustering.cluster_batch(WATCHING, 40), 0))
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            counted = sum(pool.map(work, range(4)))
        counted += run()
        assert counted == 403
        assert sorted(Cluster.objects.values_list("count", flat=True)) == [1, 1, 1, 400]
        assert told(channel="log") == ["failures"]
