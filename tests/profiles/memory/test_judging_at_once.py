"""Verdicts from many threads at once: each counted once, one retirement, no deadlock."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from profiles.memory.judging import judge
from profiles.models import Feedback
from tests.profiles.activation.test_racing import THREADS, at_once
from tests.profiles.memory.knowing import POLICY, document, playbook

pytestmark = pytest.mark.django_db(transaction=True)

CALLS = 4


def test_verdicts_at_once_are_all_counted_once_and_retire_once() -> None:
    served, cited = [playbook("One"), playbook("Two")], document()
    ids = [row.pk for row in served]
    shared = uuid4()

    def say(call: UUID, order: int) -> list[UUID]:
        told = judge(
            *(call, 1, "harmful", ""),
            playbooks=ids[::order],
            documents=[cited.pk],
            policy=POLICY,
        )
        return list(told.retired)

    def some(number: int) -> list[UUID]:
        order = 1 if number % 2 else -1
        calls = [shared, *(uuid4() for _ in range(CALLS))]
        return [found for call in calls for found in say(call, order)]

    retired = [found for each in at_once(some) for found in each]
    expected = THREADS * CALLS + 1
    rows: list[Any] = [*served, cited]
    for row in rows:
        row.refresh_from_db()
        assert (row.helpful, row.harmful) == (0, expected)
    assert (sorted(retired), Feedback.objects.count()) == (sorted(ids), expected)
    assert [row.events.count() for row in served] == [1, 1]
