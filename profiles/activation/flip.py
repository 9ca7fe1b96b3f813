"""The flip: the one place where what is live moves, in one short transaction.

Locks, in this order whoever comes: the kind's anchor (and the memory kind's, which
stands for the rule between retrieval and memory), the kind's profiles in the order of
their keys, the activation itself. Nothing else in the house takes the first two, and no
network call happens in here.
"""

import time
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from profiles.activation import boosts
from profiles.activation.lease import Lease
from profiles.activation.locking import in_transaction, lock_anchors
from profiles.activation.model import Activation, Anchor, State
from profiles.activation.record import stored
from profiles.activation.steps import StepFailed, Steps, ok, skipped
from profiles.activation.target import Target
from profiles.kinds import Kind, model_of

FLIP = "flip"


def flip(lease: Lease, target: Target, steps: Steps) -> State:
    """Succeeded, or superseded when a later request went live first.

    Raises StepFailed, TryAgain and Lost; then nothing has changed.
    """
    steps.begin(FLIP)
    started = time.monotonic()
    # `newest` only grows: who is late by now need not queue for the locks to learn it.
    late = Anchor.objects.filter(kind=target.kind, newest__gt=lease.activation.number).exists()
    if not late and in_transaction(lambda: _move(lease, target, steps, started)):
        return State.SUCCEEDED
    why = _later(target.kind)
    ended = steps.ended(skipped(why), round((time.monotonic() - started) * 1000))
    lease.end(State.SUPERSEDED, why, ended)
    return State.SUPERSEDED


def _move(lease: Lease, target: Target, steps: Steps, started: float) -> bool:
    """True when the target is live, False when a later one is."""
    _do_not_pause()
    kinds = {target.kind, Kind.MEMORY} if boosts.concern(target) else {target.kind}
    anchor = lock_anchors(*kinds)[target.kind]
    number = lease.activation.number
    if anchor.newest > number:
        return False
    profiles: Any = model_of(target.kind).objects
    locked = profiles.select_for_update(of=("self",), no_key=True).order_by("pk")
    family = [Member(*row) for row in locked.values_list(*Member._fields)]
    _still_there(target, family)
    # What holds between kinds may have changed since the step that looked at it.
    if found := list(boosts.complaints(target)):
        raise StepFailed(" ".join(found))
    before = next((member for member in family if member.live), None)
    if before is not None and before.pk != target.pk:
        profiles.filter(pk=before.pk).update(live=False)
    profiles.filter(pk=target.pk).update(live=True, activated_revision=target.revision)
    Anchor.objects.filter(pk=anchor.pk).update(newest=number)
    took = (time.monotonic() - started) * 1000
    went = ok(f"{target} is live. Before it: {before or 'none'}.")
    # The last write: with the token, it decides whether any of the others counts.
    lease.write(
        state=State.SUCCEEDED,
        flip_ms=took,
        steps=stored(steps.ended(went, round(took))),
        finished_at=Now(),
        lease_until=None,
        before_profile=before.name if before else "",
        before_revision=before.activated_revision if before else None,
    )
    return True


class Member(NamedTuple):
    """What the flip reads of each profile of the kind."""

    pk: int
    name: str
    live: bool
    activated_revision: int | None

    def __str__(self) -> str:
        return f"{self.name}@{self.activated_revision}"


def _do_not_pause() -> None:
    """Whoever is paused in here loses the locks, and the right to go on, before the lease."""
    with connection.cursor() as cursor:
        most = f"{settings.LAKEHOUSE_LEASE_SECS * 0.8 * 1000:.0f}"
        cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [most])


def _still_there(target: Target, family: list[Member]) -> None:
    """Raises StepFailed when the profile was deleted, or deleted and made anew."""
    if all(member.pk != target.pk for member in family):
        raise StepFailed(
            f"The {target.kind} profile {target.name} was deleted meanwhile. Nothing was changed."
        )


def _later(kind: Kind) -> str:
    newest = Anchor.objects.filter(kind=kind).values("newest")
    by = Activation.objects.filter(number__in=newest).first()
    if by is None:
        return "A later request went live first."
    return f"{by.requested_by} asked later for {by.profile}@{by.revision}, which is live already."
