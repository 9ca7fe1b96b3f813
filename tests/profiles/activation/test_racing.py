"""Threads that ask and run at once: none lost, never none or two live, no deadlock seen."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connection

from profiles.activation.activate import Busy, request
from profiles.activation.model import Activation, Anchor
from profiles.activation.run import run
from profiles.models import ExecutionProfile
from tests.profiles.activation.acting import activated, live, made

pytestmark = pytest.mark.django_db(transaction=True)

THREADS, ROUNDS = 6, 4


@pytest.fixture(autouse=True)
def emptied_queue() -> Iterator[None]:
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def at_once(work: Callable[[int], Any], threads: int = THREADS) -> list[Any]:
    """What each thread's work gave; they start together."""
    start = threading.Barrier(threads)

    def one(number: int) -> Any:
        try:
            start.wait()
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))


def test_racing_activations_are_all_accounted_for_and_the_newest_is_live() -> None:
    for number in range(THREADS):
        made(name=f"p{number}")
    activated(name="p0")
    over = threading.Event()
    seen: set[int] = set()

    def watch() -> None:
        while not over.wait(0.001):
            seen.add(ExecutionProfile.objects.live().count())
        connection.close()

    def race(number: int) -> None:
        for _ in range(ROUNDS):
            run(str(request("execution", f"p{number}", who="ann", via="rest").pk))

    watching = threading.Thread(target=watch)
    watching.start()
    at_once(race)
    over.set()
    watching.join()
    states = list(Activation.objects.values_list("state", flat=True))
    newest = Activation.objects.order_by("number").last()
    assert len(states) == THREADS * ROUNDS + 1
    assert set(states) <= {"succeeded", "superseded"}
    assert seen == {1}
    assert newest is not None and newest.number == Anchor.objects.get(kind="execution").newest
    assert live() == [f"{newest.profile}@1"]


def test_of_many_who_ask_for_one_profile_at_once_one_is_heard() -> None:
    made(name="a")

    def ask(number: int) -> str:
        try:
            return str(request("execution", "a", who=f"p{number}", via="rest").requested_by)
        except Busy as busy:
            return f"busy: {busy.activation.requested_by}"

    heard = at_once(ask)
    (winner,) = [each for each in heard if not each.startswith("busy")]
    assert heard.count(f"busy: {winner}") == THREADS - 1


def test_a_boost_and_a_ceiling_that_do_not_fit_never_both_go_live() -> None:
    for _ in range(3):
        activated("retrieval", "calm", playbook_boost=0.1)
        activated("memory", "wide", playbook_boost_ceiling=0.5)
        made("retrieval", "high", playbook_boost=0.4)
        made("memory", "low", playbook_boost_ceiling=0.2)
        pair = (("retrieval", "high"), ("memory", "low"))
        asked = [str(request(kind, name, who="ann", via="rest").pk) for kind, name in pair]
        at_once(partial(run_nth, asked), 2)
        ended = Activation.objects.filter(pk__in=asked).order_by("state")
        assert [each.state for each in ended] == ["failed", "succeeded"]


def run_nth(asked: list[str], number: int) -> None:
    run(asked[number])
