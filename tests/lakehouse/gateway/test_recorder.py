"""The recorder: bounded while the database does not take its rows, and then exact."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from lakehouse.gateway.models import Attempt, Call, Instance
from lakehouse.gateway.recorder import AttemptRow, CallRow, Finished, Recorder, now

pytestmark = pytest.mark.django_db(transaction=True)


def recorder(capacity: int = 100) -> Recorder:
    return Recorder(uuid.uuid4(), "here", 1, capacity)


def finished(outcome: str = "complete", call_id: uuid.UUID | None = None) -> Finished:
    row = CallRow(
        id=call_id or uuid.uuid4(),
        operation="chat",
        api_key_id=None,
        instance=uuid.uuid4(),
        started_at=now(),
        outcome=outcome,
    )
    tried = AttemptRow(
        call_id=row.id, number=1, provider="p", model="m", started_at=now(), outcome=outcome
    )
    return Finished(row, [tried])


@contextmanager
def ledger_away() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE gateway_call RENAME TO gateway_call_away")
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE gateway_call_away RENAME TO gateway_call")


def test_what_the_database_did_not_take_is_written_once_it_does() -> None:
    kept = recorder()
    with ledger_away():
        kept.finished(finished())
        assert asyncio.run(kept.flush()) is False
        assert (kept.waiting, kept.healthy) == (1, False)
    assert asyncio.run(kept.flush()) is True
    assert (Call.objects.count(), Attempt.objects.count()) == (1, 1)


def test_past_its_capacity_the_oldest_are_dropped_and_counted() -> None:
    kept = recorder(capacity=3)
    calls = [finished() for _ in range(5)]
    for call in calls:
        kept.finished(call)
    assert (kept.waiting, kept.dropped) == (3, 2)
    asyncio.run(kept.flush())
    assert set(Call.objects.values_list("id", flat=True)) == {c.row.id for c in calls[2:]}
    assert Instance.objects.get().records_dropped == 2


def test_a_batch_sent_twice_makes_each_row_once() -> None:
    kept, call = recorder(), finished()
    for _ in range(2):
        kept.finished(call)
        asyncio.run(kept.flush())
    assert (Call.objects.count(), Attempt.objects.count()) == (1, 1)


def test_a_call_that_is_just_ending_is_written_once_its_tries_are_there() -> None:
    kept, call = recorder(), finished()
    kept.began(call.row)
    asyncio.run(kept.flush())
    assert not Call.objects.exists()
    kept.finished(call)
    asyncio.run(kept.flush())
    assert (Call.objects.get().outcome, Attempt.objects.count()) == ("complete", 1)


def test_a_running_call_is_written_and_then_finished() -> None:
    kept = recorder()
    begun = finished("running")
    kept.began(begun.row)
    asyncio.run(kept.flush())
    assert Call.objects.get().outcome == "running"
    kept.finished(finished("complete", begun.row.id))
    asyncio.run(kept.flush())
    assert Call.objects.get().outcome == "complete"


def test_a_finished_call_is_never_changed_again() -> None:
    kept = recorder()
    first = finished("complete")
    kept.finished(first)
    asyncio.run(kept.flush())
    kept.finished(finished("failed", first.row.id))
    asyncio.run(kept.flush())
    assert Call.objects.get().outcome == "complete"


def test_a_call_that_the_reaper_ended_too_early_gets_its_true_end() -> None:
    kept = recorder()
    reaped = finished("incomplete")
    reaped.row.error_kind = "process_died"
    kept.finished(reaped)
    asyncio.run(kept.flush())
    kept.finished(finished("complete", reaped.row.id))
    asyncio.run(kept.flush())
    assert Call.objects.get().outcome == "complete"


def test_stopping_writes_what_is_left_and_says_goodbye() -> None:
    kept = recorder()
    asyncio.run(kept.flush())
    kept.finished(finished())
    asyncio.run(kept.stop())
    assert Call.objects.count() == 1
    assert Instance.objects.get().stopped_at is not None


def test_what_no_table_can_hold_does_not_hold_up_the_rest() -> None:
    kept, calls = recorder(), [finished() for _ in range(20)]
    calls[3].row.input_tokens = 2**40
    calls[11].attempts[0].error_message = "a\0b"
    for call in calls:
        kept.finished(call)
    assert asyncio.run(kept.flush()) is True
    assert (kept.waiting, kept.dropped, kept.healthy) == (0, 2, True)
    good = {c.row.id for c in calls} - {calls[3].row.id, calls[11].row.id}
    assert set(Call.objects.values_list("id", flat=True)) == good
