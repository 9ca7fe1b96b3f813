"""What became of activations whose runner died, and of pending ones whose job was lost."""

from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from profiles.activation import job
from profiles.activation.lease import end_abandoned
from profiles.activation.model import Activation, State

# A job is fetched within a fraction of a second; later than this it is looked for.
PENDING_SECS = 5
# After the lease ran out: longer than any worker takes to take over, and with the lease
# and a second for the caller's turn within 15 seconds of the runner's death.
GRACE_SECS = 7


def look_after() -> int:
    """Puts a job into the queue for each that no job waits for; how many."""
    pending = Activation.objects.filter(
        state=State.PENDING, requested_at__lt=Now() - timedelta(seconds=PENDING_SECS)
    )
    due = [*Activation.objects.abandoned(), *pending]
    return sum(job.put(activation) for activation in job.without(due))


def fail_abandoned() -> int:
    """Fails those that nobody took over in time; how many. For where no worker is left."""
    grace = timedelta(seconds=min(GRACE_SECS, settings.LAKEHOUSE_LEASE_SECS + 1))
    late = Activation.objects.filter(state=State.RUNNING, lease_until__lt=Now() - grace)
    return sum(_fail(activation) for activation in late)


def _fail(activation: Activation) -> int:
    why = (
        f"{activation.runner} stopped answering, and no other worker took over. What was live "
        "still is. Start manage.py worker, then activate it again."
    )
    return end_abandoned(activation, why)
