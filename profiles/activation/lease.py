"""Who may run an activation: a lease by the database's clock, fenced with a token.

Every claim raises the token, and every write of a runner says that the token is still
its own and the lease still runs. A runner that was paused, or cut off from the
database, finds on its return that it can write nothing more.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from profiles.activation import job
from profiles.activation.model import Activation, State
from profiles.activation.record import OK, Step, interrupted, steps_of, stored

logger = logging.getLogger(__name__)

MOST_RUNNERS = 3
BEATS = 4  # heartbeats in the time of a lease
TAKEN_OVER = "taken over"


class Lost(Exception):
    """The activation is no longer this runner's, or was cancelled: write nothing more."""


class Lease:
    """One runner's hold on one activation."""

    def __init__(self, activation: Activation) -> None:
        self.activation = activation
        self.token = activation.token
        self._known_until = time.monotonic() + settings.LAKEHOUSE_LEASE_SECS

    def rows(self) -> Any:
        """The activation's row, if it is still this runner's."""
        return Activation.objects.filter(
            pk=self.activation.pk,
            token=self.token,
            state=State.RUNNING,
            lease_until__gt=Now(),
        )

    def write(self, **values: Any) -> None:
        """Writes, and prolongs the lease. Raises Lost."""
        asked_at = time.monotonic()
        if not self.rows().update(**({"lease_until": _from_now()} | values)):
            raise Lost
        self._known_until = asked_at + settings.LAKEHOUSE_LEASE_SECS

    def show(self, steps: list[Step]) -> None:
        self.write(steps=stored(steps))

    def end(self, state: State, error: str, steps: list[Step]) -> None:
        """The end of it, other than by a flip. Raises Lost."""
        self.write(
            state=state, error=error, steps=stored(steps), finished_at=Now(), lease_until=None
        )

    @contextmanager
    def kept(
        self, lost: Callable[[], None], stopping: Callable[[], bool] = lambda: False
    ) -> Iterator[None]:
        """Prolongs the lease from a thread of its own until the block ends.

        `lost` is called there, once, when the lease is lost. When `stopping` turns true, the
        activation is given back for another runner.
        """
        done = threading.Event()
        beating = threading.Thread(
            target=self._beat, args=(done, lost, stopping), name="activation-lease", daemon=True
        )
        beating.start()
        try:
            yield
        finally:
            done.set()
            beating.join()

    def _beat(
        self, done: threading.Event, lost: Callable[[], None], stopping: Callable[[], bool]
    ) -> None:
        try:
            while not done.wait(settings.LAKEHOUSE_LEASE_SECS / BEATS):
                try:
                    if stopping():
                        self._give_back()
                    self.write()
                except Lost:
                    lost()
                    return
                except Error as error:
                    logger.warning("activation %s: no heartbeat (%s)", self.activation.pk, error)
                    connection.close()
                    if time.monotonic() > self._known_until:
                        lost()
                        return
        finally:
            connection.close()

    def _give_back(self) -> None:
        """Raises Lost: it is another runner's from now on."""
        with transaction.atomic():
            if self.rows().update(state=State.PENDING, lease_until=None):
                job.put(self.activation)
        raise Lost


def claim(pk: str) -> Lease | None:
    """The lease on a pending or abandoned activation; None when there is nothing to run."""
    with transaction.atomic():
        row = Activation.objects.filter(pk=pk).first()
        if row is None or _given_up(row):
            return None
        free = Q(state=State.PENDING) | Q(state=State.RUNNING, lease_until__lt=Now())
        claimed = Activation.objects.filter(free, pk=pk, token=row.token).update(
            state=State.RUNNING,
            token=F("token") + 1,
            runner=f"{socket.gethostname()}:{os.getpid()}",
            started_at=Coalesce("started_at", Now()),
            lease_until=_from_now(),
            steps=stored(_after(row)) if row.runner else [],
        )
        return Lease(Activation.objects.get(pk=pk)) if claimed else None


def _from_now() -> Any:
    return Now() + timedelta(seconds=settings.LAKEHOUSE_LEASE_SECS)


def _after(row: Activation) -> list[Step]:
    """What stays of the steps of the runner before, who did not come to an end."""
    taken = steps_of(row)
    last = taken[-1].name if taken else "the beginning"
    text = f"{row.runner} stopped at: {last}. The steps are taken anew."
    return [*(s for s in taken if s.name == TAKEN_OVER), Step(TAKEN_OVER, OK, text)]


def _given_up(row: Activation) -> bool:
    """Ends what so many runners have died of; True when it did."""
    if row.state != State.RUNNING or row.token < MOST_RUNNERS:
        return False
    why = (
        f"{row.runner} stopped answering, and so did the runners before it: {MOST_RUNNERS} were "
        "tried. What was live still is. See the workers' logs, then activate it again."
    )
    return bool(end_abandoned(row, why))


def end_abandoned(row: Activation, why: str) -> int:
    """Fails an activation that its runner left, unless another has it by now; 1 if it did."""
    rows = Activation.objects.abandoned().filter(pk=row.pk, token=row.token)
    ended: int = rows.update(
        state=State.FAILED,
        token=F("token") + 1,
        error=why,
        steps=stored(interrupted(steps_of(row), why)),
        finished_at=Now(),
        lease_until=None,
    )
    return ended
