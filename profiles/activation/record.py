"""What an activation's row tells people: its steps, and why one that is pending still is."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
from django.db.models.functions import Now
from procrastinate.contrib.django.models import ProcrastinateWorker

from profiles.activation.model import Activation, State

RUNNING, OK, FAILED, SKIPPED = "running", "ok", "failed", "skipped"
# A worker says that it is alive every 10 seconds.
SILENT_SECS = 30
NO_WORKER = "No worker is running: start manage.py worker."


class Step(msgspec.Struct, frozen=True):
    """`result` is running, ok, failed or skipped. `detail` is safe to show."""

    name: str
    result: str
    detail: str
    milliseconds: int = 0


def steps_of(activation: Activation) -> list[Step]:
    """In the order they were taken."""
    return msgspec.convert(activation.steps, list[Step])


def stored(steps: Iterable[Step]) -> Any:
    """What goes into the row's `steps`."""
    return msgspec.to_builtins(list(steps))


def interrupted(steps: Iterable[Step], why: str, milliseconds: int = 0) -> list[Step]:
    """The steps with the one that was running, for so long, as failed for `why`."""
    return [
        Step(step.name, FAILED, why, milliseconds) if step.result == RUNNING else step
        for step in steps
    ]


def waiting_for(activation: Activation) -> str:
    """What a pending activation lacks: "" or one sentence that says what to do."""
    if activation.state != State.PENDING:
        return ""
    heard = ProcrastinateWorker.objects.filter(
        last_heartbeat__gt=Now() - timedelta(seconds=SILENT_SECS)
    )
    return "" if heard.exists() else NO_WORKER
