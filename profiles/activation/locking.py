"""Short transactions on contended rows, tried again where the database had to break one."""

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import OperationalError, transaction
from django.db.models import Max
from psycopg import errors

from profiles.activation.model import Activation, Anchor, State

Got = TypeVar("Got")

RETRIES = 3
_BROKEN = (errors.DeadlockDetected, errors.SerializationFailure)


class TryAgain(Exception):
    """Locks were not to be had in time. Nothing was written."""

    def __init__(self) -> None:
        super().__init__(
            "Other activations or edits of these profiles held their locks for too long. "
            "Nothing was changed: try again."
        )


def in_transaction(work: Callable[[], Got]) -> Got:
    """`work` in one transaction, again up to 3 times after a deadlock. Raises TryAgain."""
    for attempt in range(RETRIES + 1):
        try:
            with transaction.atomic():
                return work()
        except OperationalError as error:
            if isinstance(error.__cause__, errors.LockNotAvailable):
                raise TryAgain from error
            if not isinstance(error.__cause__, _BROKEN):
                raise
            if attempt == RETRIES:
                raise TryAgain from error
        # Jitter, so that those who met do not meet again.
        time.sleep(random.uniform(0.5, 1.5) * 0.01 * 2**attempt)  # noqa: S311
    raise AssertionError("the last try returns or raises")


def lock_anchors(*kinds: str) -> dict[str, Anchor]:
    """The kinds' anchor rows by kind, locked in one order whoever asks."""
    rows: Any = Anchor.objects.select_for_update(no_key=True).order_by("kind")
    found = {anchor.kind: anchor for anchor in rows.filter(kind__in=kinds)}
    if missing := set(kinds) - set(found):
        # Migrations make them; a table emptied since then gets them back.
        for kind in sorted(missing):
            moved = Activation.objects.filter(kind=kind, state=State.SUCCEEDED)
            newest = moved.aggregate(newest=Max("number"))["newest"] or 0
            Anchor.objects.get_or_create(kind=kind, defaults={"newest": newest})
        return lock_anchors(*kinds)
    return found
