"""How the state of an activation and of its steps look."""

from datetime import timedelta

from django.utils import timezone

from profiles.activation.model import Activation, State

COLOURS = {
    State.PENDING.value: "info",
    State.RUNNING.value: "info",
    State.SUCCEEDED.value: "success",
    State.FAILED.value: "danger",
    State.SUPERSEDED.value: "warning",
    State.CANCELLED.value: "warning",
}
ICONS = {
    "running": "progress_activity",
    "ok": "check_circle",
    "failed": "error",
    "skipped": "do_not_disturb_on",
}


def took(activation: Activation) -> str:
    """From being asked for to its end, or to now."""
    end = activation.finished_at or timezone.now()
    seconds = max(end - activation.requested_at, timedelta()).total_seconds()
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
