"""Cancelling an activation: possible until the moment it moves what is live."""

from typing import Any

from django.db.models import F
from django.db.models.functions import Now

from profiles.activation.locking import in_transaction
from profiles.activation.model import Activation, State
from profiles.activation.record import interrupted, steps_of, stored


class TooLate(Exception):
    """It had ended; says how."""

    def __init__(self, activation: Activation) -> None:
        super().__init__(
            f"The activation of {activation.profile}@{activation.revision} cannot be cancelled: it "
            f"has ended, as {activation.state}."
        )
        self.activation = activation


def cancel(activation: Activation, *, who: str) -> Activation:
    """The cancelled activation; its runner stops at its next look. Raises TooLate, TryAgain."""
    why = f"{who} cancelled it."

    def end() -> None:
        rows: Any = Activation.objects.select_for_update().filter(pk=activation.pk)
        row = rows.open().annotate(now=Now()).first()
        if row is None:
            raise TooLate(Activation.objects.get(pk=activation.pk))
        rows.update(
            state=State.CANCELLED,
            # The runner's token no longer fits: it can write nothing more.
            token=F("token") + 1,
            lease_until=None,
            finished_at=Now(),
            error=why,
            steps=stored(interrupted(steps_of(row), why, _took(row))),
        )

    in_transaction(end)
    return Activation.objects.get(pk=activation.pk)


def _took(row: Any) -> int:
    """Milliseconds that the running step has had: what the others leave of the whole."""
    if row.started_at is None:
        return 0
    whole: float = (row.now - row.started_at).total_seconds() * 1000
    return max(0, round(whole - sum(step.milliseconds for step in steps_of(row))))
