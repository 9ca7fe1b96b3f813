"""Records at the moment the process stops, and records that cannot even be encoded."""

import asyncio

import pytest

from lakehouse.gateway.models import Call
from tests.lakehouse.gateway.test_recorder import finished, ledger_away, recorder

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_being_written_when_the_process_stops_still_waits() -> None:
    kept = recorder()
    kept.finished(finished())

    async def stopped_while_writing() -> None:
        writing = asyncio.create_task(kept.flush())
        await asyncio.sleep(0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)

    with ledger_away():
        asyncio.run(stopped_while_writing())
    assert kept.waiting == 1


def test_a_record_that_cannot_be_encoded_does_not_hold_up_the_rest() -> None:
    kept = recorder()
    calls = [finished() for _ in range(3)]
    calls[1].row.model_asked = "\ud800"
    for call in calls:
        kept.finished(call)
    assert asyncio.run(kept.flush())
    assert set(Call.objects.values_list("id", flat=True)) == {calls[0].row.id, calls[2].row.id}
    assert (kept.dropped, kept.waiting) == (1, 0)
