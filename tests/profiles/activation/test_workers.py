"""Real workers, of which one is paused and one is killed in the middle of an activation."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateWorker

from profiles.activation.activate import wait
from profiles.activation.model import Activation, Anchor
from profiles.activation.record import NO_WORKER, steps_of, waiting_for
from providers.models import Provider
from tests.migrated import at
from tests.processes import PROJECT, eventually
from tests.profiles.activation.acting import asked, live, made, results
from tests.upstreams.base import Answer
from tests.upstreams.ollama import MODEL, OllamaServer

LEASE = 1.0
TAKEOVER_SECS = LEASE + 2 + 5  # the lease, the turn of the look, and a slow machine
Worker = subprocess.Popen[bytes]


@contextmanager
def worker() -> Iterator[Worker]:
    """`manage.py worker` over the test's own database."""
    more = {
        "LAKEHOUSE_LEASE_SECS": str(LEASE),
        "LAKEHOUSE_EGRESS_ALLOW": "127.0.0.0/8",
        "PYTHONWARNINGS": "",
    }
    dsn = connection.get_connection_params()
    env = at(dsn, connection.settings_dict["NAME"], {**os.environ, **more})
    process = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=PROJECT, env=env)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def workers(transactional_db: None) -> Iterator[dict[int, Worker]]:
    """Two that are ready, by process id; gone before the tables are emptied."""
    with ExitStack() as stack:
        started = [stack.enter_context(worker()) for _ in range(2)]
        assert eventually(lambda: ProcrastinateWorker.objects.count() == 2)
        yield {process.pid: process for process in started}
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def hanging(name: str, upstream: OllamaServer) -> tuple[Activation, int]:
    """An activation in the middle of loading its model, and the process that runs it."""
    made("execution", name, provider="local", model=MODEL)
    upstream.forget()
    upstream.next(Answer.of({"models": [{"name": MODEL}]}), Answer.of({}, delay=60))
    activation = asked("execution", name)
    upstream.wait_for(lambda: len(upstream.ledger) == 2)
    activation = wait(activation, 0)
    assert results(activation)["model warmed"] == "running"
    return activation, int(activation.runner.rpartition(":")[2])


def columns(activation: Activation) -> dict[str, object]:
    return dict(Activation.objects.filter(pk=activation.pk).values().get())


def test_a_worker_that_is_paused_or_killed_is_taken_over_from_and_writes_nothing_more(
    workers: dict[int, Worker],
) -> None:
    with OllamaServer() as upstream:
        # Not unattended, so that no periodic job asks it for its models in between.
        Provider.objects.create(
            name="local", kind="ollama", base_url=upstream.url, unattended=False
        )

        activation, holder = hanging("a", upstream)
        os.kill(holder, signal.SIGSTOP)
        taken = wait(activation, TAKEOVER_SECS)
        assert (taken.state, taken.token, live()) == ("succeeded", 2, ["a@1"])
        before = columns(taken)
        os.kill(holder, signal.SIGCONT)
        upstream.wait_for(lambda: upstream.ledger[1].left_at)  # it woke, and gave up
        assert columns(taken) == before

        activation, holder = hanging("b", upstream)
        workers[holder].kill()
        taken = wait(activation, TAKEOVER_SECS)
        assert (taken.state, taken.token, live()) == ("succeeded", 2, ["b@1"])
        assert f":{holder} stopped at: model warmed." in steps_of(taken)[0].detail
        assert (taken.before_profile, taken.before_revision) == ("a", 1)
        assert Anchor.objects.get(kind="execution").newest == taken.number


@pytest.mark.django_db
def test_a_pending_activation_says_when_no_worker_was_heard_of_lately() -> None:
    made()
    pending = asked()
    with connection.cursor() as cursor:
        for age, missing in (("31 s", NO_WORKER), ("1 s", "")):
            cursor.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat) "
                f"VALUES (now() - interval '{age}')"
            )
            assert waiting_for(pending) == missing
