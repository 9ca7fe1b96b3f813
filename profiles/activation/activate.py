"""The verb: asking for an activation, and following it. For admin, REST and commands alike."""

import time
from collections.abc import Callable
from contextlib import suppress

from django.db import IntegrityError, connection

from profiles.activation import job
from profiles.activation.locking import TryAgain, in_transaction
from profiles.activation.model import Activation, State
from profiles.activation.network import Network
from profiles.activation.preparation import prepare
from profiles.activation.record import Step
from profiles.activation.steps import StepFailed, Steps
from profiles.activation.target import ProfileNotFound, Revision, found, target_of
from profiles.editing import constraint_of
from profiles.kinds import model_of

__all__ = [
    "Busy",
    "NeverLive",
    "ProfileNotFound",
    "Revision",
    "TryAgain",
    "rehearse",
    "request",
    "roll_back",
    "wait",
]

POLL_SECS = 0.1


class Busy(Exception):
    """An activation of the same profile is pending or running: see `activation`."""

    def __init__(self, activation: Activation) -> None:
        since = activation.requested_at.strftime("%Y-%m-%d %H:%M:%S")
        super().__init__(
            f"{activation.profile} is being activated already: {activation.requested_by} asked for "
            f"revision {activation.revision} at {since} UTC, and that is {activation.state}. Wait "
            "until it has ended, or cancel it."
        )
        self.activation = activation


class NeverLive(ValueError):
    """There is nothing to roll back to: that activation made nothing live."""


def request(
    kind: str,
    name: str,
    *,
    who: str,
    via: str,
    revision: int | None = None,
    rollback_to: Activation | None = None,
) -> Activation:
    """The new, pending activation; its job is made in the same transaction.

    `revision` None is the draft as it is now. `who` is a user or a key's label, `via`
    admin, rest or command. Raises ValueError for an unknown kind, ProfileNotFound,
    Revision.DoesNotExist, Busy and TryAgain.
    """
    profile = found(model_of(kind), name)
    wanted = profile.revision if revision is None else profile.at(revision).number
    made = Activation(
        kind=kind,
        profile=name,
        revision=wanted,
        requested_by=who[:150],
        requested_via=via,
        rollback_to=rollback_to,
    )

    def make() -> None:
        # No lock is needed for the order: of two requests that do not overlap, the later has
        # the higher number, and those that overlap have no order.
        made.number = _next_number()
        made.save(force_insert=True)
        job.put(made)

    try:
        in_transaction(make)
    except IntegrityError as error:
        if constraint_of(error) != "one_open_activation_a_profile":
            raise
        open_one = Activation.objects.of(kind, name).open().first()
        if open_one is None:  # it has ended since
            raise TryAgain from error
        raise Busy(open_one) from None
    return Activation.objects.get(pk=made.pk)


def roll_back(activation: Activation, *, who: str, via: str) -> Activation:
    """Asks for what `activation` made live, as any other. Raises NeverLive, and as `request`."""
    if activation.state != State.SUCCEEDED:
        raise NeverLive(
            f"The activation of {activation.profile}@{activation.revision} is {activation.state}: "
            "it made nothing live. Choose one that succeeded."
        )
    return request(
        activation.kind,
        activation.profile,
        who=who,
        via=via,
        revision=activation.revision,
        rollback_to=activation,
    )


def wait(
    activation: Activation, seconds: float, told: Callable[[Activation], None] | None = None
) -> Activation:
    """The activation as it is once it has ended, or after so many seconds.

    `told` hears of it at first, and whenever its state or steps have changed.
    """
    until = time.monotonic() + seconds
    heard = None
    while True:
        activation = Activation.objects.get(pk=activation.pk)
        if told is not None and heard != (activation.state, activation.steps):
            told(activation)
        heard = (activation.state, activation.steps)
        left = until - time.monotonic()
        if activation.ended or left <= 0:
            return activation
        if not connection.in_atomic_block:
            connection.close()  # whoever waits holds none of the pool's
        time.sleep(min(POLL_SECS, left))


def rehearse(
    kind: str,
    name: str,
    revision: int | None = None,
    told: Callable[[Step], None] | None = None,
) -> list[Step]:
    """A dry run: every step but warming and the flip. Nothing is stored.

    The last step is the failed one, where one failed. `told` hears of each step when it
    begins (running) and when it ends. Raises as `request`, bar Busy and TryAgain.
    """
    target = target_of(kind, name, revision)
    heard: list[Step] = []

    def tell(steps: list[Step]) -> None:
        for step in [s for n, s in enumerate(steps) if s not in heard[n : n + 1]]:
            if told is not None:
                told(step)
        heard[:] = steps

    steps = Steps(tell)
    with Network() as network, suppress(StepFailed):
        prepare(target, steps, network, warm=False)
    tell(steps.all)
    return steps.all


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('profiles_activation_number')")
        return int(cursor.fetchone()[0])
