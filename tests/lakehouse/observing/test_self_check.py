"""The observer says when it does not see what happens."""

import asyncio
import logging
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from lakehouse.gateway.drain import Drain
from lakehouse.gateway.models import Instance
from lakehouse.gateway.recorder import Recorder
from lakehouse.observing import self_check
from lakehouse.observing.models import Alert
from lakehouse.observing.pulse import Pulse
from tests.lakehouse.gateway.test_recorder import finished, ledger_away
from tests.lakehouse.observing.failing import failed

pytestmark = pytest.mark.django_db


def process(**told: object) -> Instance:
    return Instance.objects.create(id=uuid.uuid4(), host="here", pid=1, **told)


def problems() -> list[str]:
    return [finding.problem for finding in self_check.findings()]


def ended(secs: float) -> dict[str, object]:
    """A call ended so many seconds ago, by the process's own account."""
    return {"settled_at": timezone.now() - timedelta(seconds=secs), "calls_ended": 7}


def test_a_process_that_answers_and_records_none_is_told() -> None:
    process(**ended(40))
    assert problems() == ["here:1 answers calls and records none (7 so far)"]
    assert self_check.check() == 1
    assert Alert.objects.get().subject.startswith("Lakehouse: here:1 answers calls")


def test_one_whose_calls_are_in_the_ledger_is_not() -> None:
    there = process(**ended(40))
    failed(39, instance=there.id, outcome="complete")
    assert problems() == []


def test_another_process_s_calls_prove_nothing() -> None:
    process(**ended(40))
    failed(39, outcome="complete")
    assert len(problems()) == 1


def test_a_process_without_traffic_is_not_asked() -> None:
    process()
    process(**ended(3600))
    assert problems() == []


def test_what_stays_wrong_is_said_again_after_an_hour_only() -> None:
    process(**ended(40))
    assert [self_check.check() for _ in range(3)] == [1, 0, 0]


def test_dropped_records_are_told_and_more_of_them_again() -> None:
    there = process(records_dropped=3)
    assert [self_check.check() for _ in range(2)] == [1, 0]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE observing_alertgate SET told_at = told_at - interval '2 hours'")
    assert self_check.check() == 0
    Instance.objects.filter(pk=there.pk).update(records_dropped=5)
    assert self_check.check() == 1
    assert "dropped 5 call records" in Alert.objects.latest("id").subject


def test_a_database_that_is_behind_is_told() -> None:
    process(behind_secs=45.0)
    assert problems() == ["the database is behind: a call record of here:1 waited 45 s"]


def test_failures_that_nobody_clusters_are_told() -> None:
    failed(200)
    assert problems() == []
    failed(400)
    assert problems() == ["failed calls wait to be looked at"]


# --- what the process says of itself ---


@pytest.fixture
def drain() -> Drain:
    return Drain()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder(uuid.uuid4(), "here", 1, capacity=2)


def test_a_call_that_ended_is_settled_half_a_minute_later(drain: Drain, recorder: Recorder) -> None:
    pulse = Pulse(recorder, drain)
    pulse.look(1000)
    drain.enter("call", lambda: None)
    drain.leave("call")
    seen = []
    for now in range(1005, 1050, 5):
        pulse.look(now)
        seen.append(pulse.settled_at == drain.last_ended)
    assert seen == [False] * 6 + [True] * 3
    assert drain.ended == 1


@pytest.mark.django_db(transaction=True)
def test_the_pulse_is_in_the_database_without_the_recorder(
    drain: Drain, recorder: Recorder
) -> None:
    pulse = Pulse(recorder, drain)
    drain.enter("call", lambda: None)
    drain.leave("call")
    for now in (0, 40):
        pulse.look(now)
    asyncio.run(asyncio.to_thread(pulse.tell))
    assert Instance.objects.get(pk=recorder.instance).calls_ended == 1
    assert len(problems()) == 1


@pytest.mark.django_db(transaction=True)
def test_with_the_database_away_the_log_hears_of_it_at_once(
    drain: Drain, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    pulse = Pulse(recorder, drain)
    with ledger_away(), caplog.at_level(logging.INFO, "lakehouse.alerts"):
        for _ in range(3):
            late = finished()
            late.row.finished_at = timezone.now() - timedelta(seconds=50)
            recorder.finished(late)
        asyncio.run(recorder.flush())
        for now in (0, 5):
            pulse.look(now)
    asyncio.run(recorder.flush())
    pulse.look(10)
    assert [record.getMessage() for record in caplog.records if "alerts" in record.name] == [
        "1 call records were dropped: the database takes them too slowly, or not at all",
        "the database is behind: a call record has waited for 50 s",
        "the database has caught up",
    ]


@pytest.mark.django_db(transaction=True)
def test_with_a_database_that_hangs_the_log_hears_of_it_too(
    drain: Drain,
    recorder: Recorder,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lakehouse.observing.pulse.EVERY_SECS", 0.01)

    pulse, over = Pulse(recorder, drain), threading.Event()

    async def beats() -> None:
        beating = asyncio.create_task(pulse.run())
        await asyncio.sleep(0.05)  # it hangs by now
        late = finished()
        late.row.finished_at = timezone.now() - timedelta(seconds=50)
        recorder.finished(late)
        await asyncio.sleep(0.05)
        over.set()
        beating.cancel()

    with ThreadPoolExecutor() as pool, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE gateway_instance")
        pool.submit(asyncio.run, beats())
        assert over.wait(5)
    assert "a call record has waited for 50 s" in caplog.text
