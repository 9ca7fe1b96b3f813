"""Locks that are not to be had: deadlocks are tried again, waits end, a pause loses everything."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from profiles.activation.activate import TryAgain
from profiles.activation.locking import in_transaction, lock_anchors
from profiles.activation.model import Activation, Anchor
from profiles.activation.run import run
from tests.profiles.activation.acting import activated, asked, live, made, ran, results

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def emptied_queue() -> Iterator[None]:
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_deadlock_is_tried_again_and_reaches_nobody() -> None:
    both = threading.Barrier(2)
    tries: list[str] = []

    def lock(first: str, second: str) -> None:
        execute("SET LOCAL deadlock_timeout = '20ms'")
        tries.append(first)
        lock_anchors(first)
        if len(tries) <= 2:
            both.wait(3)
        lock_anchors(second)

    def one(kinds: tuple[str, str]) -> None:
        try:
            in_transaction(lambda: lock(*kinds))
        finally:
            connection.close()

    for kind in ("memory", "observer"):
        lock_anchors_now(kind)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, [("memory", "observer"), ("observer", "memory")]))
    assert len(tries) >= 3


def lock_anchors_now(kind: str) -> None:
    """Makes the row, where the tables were emptied."""
    with transaction.atomic():
        lock_anchors(kind)


def test_a_lock_that_is_not_to_be_had_says_try_again() -> None:
    with held("execution"), pytest.raises(TryAgain, match="Nothing was changed: try again"):
        in_transaction(impatient)


def impatient() -> None:
    execute("SET LOCAL lock_timeout = '30ms'")
    lock_anchors("execution")


class held:
    """Another connection holds the anchor of the kind."""

    def __init__(self, kind: str) -> None:
        lock_anchors_now(kind)
        self._kind = kind
        self._holding, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._hold)

    def _hold(self) -> None:
        with transaction.atomic():
            lock_anchors(self._kind)
            self._holding.set()
            self._over.wait(5)
        connection.close()

    def __enter__(self) -> None:
        self._thread.start()
        assert self._holding.wait(5)

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def test_a_flip_that_gets_no_lock_fails_and_leaves_what_was_live() -> None:
    activated(name="b")
    made(name="a")
    pending = asked()
    execute("SET lock_timeout = '30ms'")
    with held("execution"):
        ended = ran(pending)
    execute("RESET lock_timeout")
    assert (ended.state, live(), results(ended)["flip"]) == ("failed", ["b@1"], "failed")
    assert "try again" in ended.error


def test_a_runner_that_pauses_within_the_flip_loses_its_locks_and_moves_nothing(
    settings: Settings,
) -> None:
    activated(name="b")
    made(name="a")
    settings.LAKEHOUSE_LEASE_SECS = 0.3

    def pause(execute: Any, sql: str, *more: Any) -> Any:
        given = execute(sql, *more)
        if "FOR NO KEY UPDATE" in sql and "profiles_anchor" in sql:
            time.sleep(0.3)
        return given

    pending = asked()
    with connection.execute_wrapper(pause):
        left = ran_and_closed(pending)
    assert (left.state, live()) == ("running", ["b@1"])
    settings.LAKEHOUSE_LEASE_SECS = 6.0
    time.sleep(0.3)
    assert (ran(pending).state, live()) == ("succeeded", ["a@1"])


def ran_and_closed(activation: Activation) -> Activation:
    """Run by a connection that breaks, and looked at by another."""
    run(str(activation.pk))
    connection.close()
    return Activation.objects.get(pk=activation.pk)


def test_an_anchor_that_is_gone_comes_back_with_what_went_live_last() -> None:
    ended = activated(name="a")
    Anchor.objects.all().delete()
    with transaction.atomic():
        assert lock_anchors("execution")["execution"].newest == ended.number
