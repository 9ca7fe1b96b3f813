"""When failures are an alert, when they are none, and what is said."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from lakehouse.observing import alerting, clustering, cooldown, states, wording
from lakehouse.observing.models import Alert, AlertGate
from profiles.observer.policy import Observer
from tests.lakehouse.observing.failing import WATCHING, at_rest, failed, only, run, told

pytestmark = pytest.mark.django_db


def newest() -> Alert:
    return Alert.objects.latest("id")


def test_so_many_failures_within_the_window_are_an_alert() -> None:
    for ago in (200, 100):
        failed(ago)
    run()
    assert told() == []
    failed(1)
    run()
    assert told() == ["failures"]
    assert newest().subject == "Failing: p/m: server, 3 calls within 300 s"


def test_as_many_over_a_longer_time_are_none() -> None:
    for ago in (700, 350, 1):
        failed(ago)
    run()
    assert told() == []


def test_calls_that_failed_after_a_long_wait_count_by_when_they_began() -> None:
    began = timezone.now() - timedelta(seconds=600)
    for _ in range(3):
        failed(1, started_at=began)
    run()
    assert told() == ["failures"]


def test_failures_of_the_clients_own_making_are_counted_and_no_alert() -> None:
    for _ in range(5):
        failed(error_kind="bad_request", status=400)
    run()
    assert (told(), only().count, only().alerts) == ([], 5, False)


def test_failures_of_long_ago_are_no_news() -> None:
    for _ in range(5):
        failed(4000)
    run()
    assert (told(), only().count) == ([], 5)


def test_within_the_cooldown_more_are_held_back_and_told_with_the_next() -> None:
    for _ in range(3):
        failed()
    run()
    for _ in range(7):
        failed()
    run()
    assert told() == ["failures"]
    at_rest(only(), 301)
    failed()
    run()
    assert told() == ["failures", "failures"]
    assert "7 more suppressed since the last alert." in wording.text(newest())


def test_of_very_many_kinds_at_once_one_alert_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerting, "MOST_A_MINUTE", 2)
    for kind in ("server", "timeout", "protocol", "overloaded", "auth"):
        for _ in range(3):
            failed(error_kind=kind)
    run()
    assert sorted(told()) == ["failures", "failures", "self_check"]
    assert "More than 2 kinds of failure" in Alert.objects.get(kind="self_check").subject


def test_an_acknowledged_cluster_alerts_nobody() -> None:
    failed()
    run()
    states.acknowledge(only(), who="ana")
    for _ in range(5):
        failed()
    run()
    assert (told(), only().count) == ([], 6)


def test_when_it_becomes_quiet_those_who_were_told_hear_of_it_once() -> None:
    for _ in range(5):
        failed()
    run()
    failed()
    run()
    at_rest(only(), 901)
    assert [clustering.resolve_quiet(WATCHING) for _ in range(2)] == [1, 0]
    assert told() == ["failures", "resolved"]
    assert "It has been quiet for 900 s." in wording.text(newest())
    assert "1 more suppressed since the last alert." in wording.text(newest())


def test_when_a_person_resolves_it_the_alert_says_who() -> None:
    for _ in range(3):
        failed()
    run()
    states.resolve(only(), who="ana", note="The key was renewed.")
    assert told() == ["failures", "resolved"]
    assert "ana resolved it. The key was renewed." in wording.text(newest())


def test_what_alerted_nobody_is_resolved_silently() -> None:
    failed()
    run()
    states.resolve(only(), who="ana")
    assert told() == []


def test_a_cluster_that_comes_back_says_so() -> None:
    for _ in range(3):
        failed()
    run()
    states.resolve(only(), who="ana")
    at_rest(only(), 400)
    failed(-1)
    run()
    assert told() == ["failures", "resolved", "failures"]
    assert newest().subject.startswith("Failing again: p/m")


def test_the_numbers_are_the_live_observer_profiles() -> None:
    failed()
    run(Observer(failure_cluster_size=1))
    assert told() == ["failures"]


def test_neither_secrets_nor_what_was_quoted_are_in_an_alert() -> None:
    for _ in range(3):
        failed(message='Key sk-abcdefgh12345678 may not say "my whole prompt".')
    run()
    text = wording.text(newest()) + str(newest().body)
    assert "sk-abc" not in text and "prompt" not in text


def test_a_gate_lets_one_through_and_counts_the_rest() -> None:
    let = [cooldown.let_through("1:x", "log", 300, events=2) for _ in range(4)]
    assert let == [0, None, None, None]
    assert AlertGate.objects.get().suppressed == 6


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_a_gate_lets_one_through() -> None:
    together = threading.Barrier(8)

    def ask(_: int) -> int | None:
        together.wait(5)
        try:
            return cooldown.let_through("1:x", "log", 300)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        let = list(pool.map(ask, range(8)))
    assert sorted(let, key=str) == [0, *[None] * 7]
    assert AlertGate.objects.get().suppressed == 7
