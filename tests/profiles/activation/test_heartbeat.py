"""While a step takes its time, the runner's heartbeat keeps the lease, or tells that it is gone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from profiles.activation.cancel import cancel
from profiles.activation.model import Activation
from profiles.activation.run import run
from providers.models import Provider
from tests.profiles.activation.acting import asked, live, made, results
from tests.upstreams.base import Answer, UpstreamServer

pytestmark = pytest.mark.django_db(transaction=True)

LEASE = 0.8  # seconds: a slow machine's pauses are shorter


@contextmanager
def running(upstream: UpstreamServer, stop: threading.Event | None = None) -> Iterator[Activation]:
    """An activation that a thread runs and that waits for the upstream, which is silent."""
    made(provider="corp")
    activation = asked()
    stopping = stop.is_set if stop else lambda: False
    thread = threading.Thread(target=run_and_close, args=(str(activation.pk), stopping))
    thread.start()
    upstream.wait_for(lambda: upstream.ledger)
    yield activation
    thread.join(3)
    assert not thread.is_alive()


def run_and_close(pk: str, stopping) -> None:  # type: ignore[no-untyped-def]
    try:
        run(pk, stopping)
    finally:
        connection.close()


def row(activation: Activation) -> Activation:
    found: Activation = Activation.objects.get(pk=activation.pk)
    return found


@pytest.fixture
def silent(server: UpstreamServer, settings: Settings) -> Iterator[UpstreamServer]:
    settings.LAKEHOUSE_LEASE_SECS = LEASE
    fields = {"kind": "openai_compatible", "auth": "", "default_model": "m"}
    Provider.objects.create(name="corp", base_url=server.url, **fields)
    yield server.next(Answer.of({"data": [{"id": "m"}]}, delay=1.25 * LEASE))
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def test_a_step_longer_than_the_lease_keeps_it(silent: UpstreamServer) -> None:
    with running(silent) as activation:
        assert list(results(row(activation)).values()) == ["skipped", "running"]
    assert (row(activation).state, row(activation).token, live()) == ("succeeded", 1, ["a@1"])


def test_a_cancelled_step_ends_at_once_and_nothing_goes_live(silent: UpstreamServer) -> None:
    with running(silent) as activation:
        cancel(activation, who="bob")
    assert silent.wait_for(lambda: silent.last.left_at) < LEASE
    assert silent.last.answered_at is None
    assert (row(activation).state, live()) == ("cancelled", [])


def test_a_worker_that_stops_gives_the_activation_back(silent: UpstreamServer) -> None:
    stop = threading.Event()
    with running(silent, stop) as activation:
        with connection.cursor() as cursor:  # its job is taken from the queue by now
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        stop.set()
    assert (row(activation).state, row(activation).lease_until) == ("pending", None)
    assert ProcrastinateJob.objects.filter(status="todo").count() == 1
