"""Only the holder of a running lease writes; a dead holder's activation is another's to take."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.db.models.functions import Now
from procrastinate.contrib.django.models import ProcrastinateJob

from profiles.activation import job, takeover
from profiles.activation.cancel import cancel
from profiles.activation.lease import Lease, Lost, claim
from profiles.activation.model import Activation
from profiles.activation.record import RUNNING, Step, steps_of
from tests.profiles.activation.acting import asked, detail, live, made, ran, results

pytestmark = pytest.mark.django_db


def claimed() -> Lease:
    """A runner's hold on a new activation, in the middle of a step."""
    made()
    lease = claim(str(asked().pk))
    assert lease is not None
    lease.show([Step("model warmed", RUNNING, "")])
    return lease


def again(lease: Lease) -> Lease | None:
    return claim(str(lease.activation.pk))


def row(lease: Lease, **values: Any) -> Activation:
    """The row as it is now, after these values were put into it from outside."""
    rows = Activation.objects.filter(pk=lease.activation.pk)
    if values:
        rows.update(**values)
    found: Activation = rows.get()
    return found


def expire(lease: Lease, seconds: float = 1) -> None:
    row(lease, lease_until=Now() - timedelta(seconds=seconds))


def jobs(lease: Lease) -> list[str]:
    rows = ProcrastinateJob.objects.filter(args__activation=str(lease.activation.pk))
    return [each.status for each in rows]


def cannot_write(lease: Lease) -> bool:
    before = row(lease)
    with pytest.raises(Lost):
        lease.show([])
    after = row(lease)
    return (before.steps, before.state, before.lease_until) == (
        *(after.steps, after.state, after.lease_until),
    )


def test_a_claim_says_who_runs_it_since_when_and_until_when() -> None:
    found = row(claimed())
    assert (found.state, found.token, bool(found.runner)) == ("running", 1, True)
    assert found.started_at is not None and found.lease_until is not None
    assert timedelta() < found.lease_until - found.started_at < timedelta(seconds=7)


def test_what_is_running_is_not_claimed_again() -> None:
    assert again(claimed()) is None


def test_what_was_abandoned_is_taken_over_with_a_new_token() -> None:
    first = claimed()
    expire(first)
    second = again(first)
    assert second is not None and (first.token, second.token) == (1, 2)
    assert "stopped at: model warmed." in detail(row(first), "taken over")


def test_a_runner_that_was_taken_over_from_cannot_write() -> None:
    first = claimed()
    expire(first)
    assert again(first) is not None
    assert cannot_write(first)


def test_a_runner_whose_lease_ran_out_cannot_write_though_nobody_took_over() -> None:
    lease = claimed()
    expire(lease)
    assert cannot_write(lease)


def test_a_runner_whose_activation_was_cancelled_cannot_write() -> None:
    lease = claimed()
    Activation.objects.update(started_at=Now() - timedelta(seconds=2))
    ended = cancel(lease.activation, who="bob")
    (step,) = steps_of(ended)
    assert msgspec.structs.replace(step, milliseconds=0) == (
        Step("model warmed", "failed", "bob cancelled it.")
    )
    assert step.milliseconds >= 2000
    assert cannot_write(lease)


def test_the_next_runner_takes_all_steps_anew_and_moves_what_is_live() -> None:
    first = claimed()
    expire(first)
    ended = ran(first.activation)
    assert (ended.state, live(), ended.token) == ("succeeded", ["a@1"], 2)
    assert list(results(ended))[:2] == ["taken over", "secret resolves"]


def test_what_three_runners_died_of_fails_and_says_so() -> None:
    lease: Lease | None = claimed()
    for _ in range(3):
        assert lease is not None
        expire(lease)
        last, lease = lease, again(lease)
    ended = row(last)
    assert (lease, ended.state, live()) == (None, "failed", [])
    assert "3 were tried" in ended.error and ended.runner in ended.error


# --- the look for what dead runners left ---


def test_an_abandoned_activation_gets_a_new_job_once() -> None:
    lease = claimed()
    expire(lease)
    fetch(lease)
    assert (takeover.look_after(), takeover.look_after()) == (1, 0)
    assert jobs(lease).count("todo") == 1


def test_a_running_activation_gets_none() -> None:
    lease = claimed()
    fetch(lease)
    assert takeover.look_after() == 0


def test_a_pending_one_whose_job_was_lost_gets_a_new_one() -> None:
    made()
    pending = asked()
    assert takeover.look_after() == 0
    Activation.objects.update(requested_at=Now() - timedelta(seconds=6))
    assert takeover.look_after() == 0
    fetch(Lease(pending))
    assert takeover.look_after() == 1


def test_a_job_is_not_put_twice_into_the_queue() -> None:
    made()
    assert job.put(asked()) is False


def test_without_a_worker_an_abandoned_one_fails_and_names_its_runner() -> None:
    lease = claimed()
    expire(lease, 6)
    assert takeover.fail_abandoned() == 0
    expire(lease, 8)
    assert takeover.fail_abandoned() == 1
    ended = row(lease)
    assert (ended.state, results(ended)) == ("failed", {"model warmed": "failed"})
    assert ended.error.startswith(f"{ended.runner} stopped answering, and no other worker")
    assert cannot_write(lease)


def fetch(lease: Lease) -> None:
    """Takes the activation's job out of the queue, as a worker does that dies then."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing' WHERE args->>'activation' = %s",
            [str(lease.activation.pk)],
        )
