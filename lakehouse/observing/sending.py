"""Alerts leave the outbox: sent by a job, again with growing pauses until they are taken.

The next try is written down before this one begins, and the mark comes after it. A process
killed between the two sends the alert again, under the same dedupe key: at least once.
"""

import logging
import uuid
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from lakehouse.observing import alerting, cooldown
from lakehouse.observing.channels import CHANNELS, in_use
from lakehouse.observing.channels.posting import NotSent
from lakehouse.observing.models import Alert
from providers.redact import redact

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECS = 15  # longer than a try can take
LONGEST_PAUSE_SECS = 3600
GIVE_UP = timedelta(hours=24)
KEPT = timedelta(days=90)
AT_ONCE = 100
LONGEST_PROBLEM = 500

_CLAIM = """
UPDATE observing_alert SET tries = tries + 1,
    next_at = statement_timestamp() + make_interval(secs => least(%s * 2 ^ least(tries, 30), %s))
WHERE id = (
    SELECT id FROM observing_alert AS due
    WHERE state = 'waiting' AND channel = %s AND next_at <= statement_timestamp()
    AND NOT EXISTS (
        SELECT FROM observing_alert AS earlier WHERE earlier.fingerprint = due.fingerprint
        AND earlier.channel = due.channel AND earlier.state = 'waiting' AND earlier.id < due.id
    )
    ORDER BY next_at LIMIT 1 FOR UPDATE OF due SKIP LOCKED
) RETURNING *
"""


def send_due() -> int:
    """Tries every alert whose time has come; how many were sent.

    A channel that fails is left alone until the next run: the others do not wait for it.
    """
    sent = 0
    for name in CHANNELS:
        for _ in range(AT_ONCE):
            alert = claim(name)
            if alert is None or not deliver(alert):
                break
            sent += 1
    return sent


def claim(channel: str) -> Alert | None:
    """The next alert of the channel, this process's until its pause is over.

    Of one fingerprint the oldest only: "resolved" never arrives before what it resolves.
    """
    pauses = [FIRST_PAUSE_SECS, LONGEST_PAUSE_SECS]
    return next(iter(Alert.objects.raw(_CLAIM, [*pauses, channel])), None)


def deliver(alert: Alert) -> bool:
    """Sends a claimed alert and marks what came of it. False where it was not taken."""
    rows = Alert.objects.filter(pk=alert.pk)
    try:
        _send(alert)
    except Exception as error:  # each channel's library has errors of its own
        alert.problem = _told(error)
        if timezone.now() - alert.created > GIVE_UP:
            alert.state = Alert.State.FAILED
            logger.error("an alert was given up: %s", alert.problem, extra=_about(alert))
        else:
            logger.warning("an alert waits: %s", alert.problem, extra=_about(alert))
        rows.update(state=alert.state, problem=alert.problem)
        return False
    alert.state, alert.problem = Alert.State.SENT, ""
    rows.update(state=alert.state, problem="", sent_at=Now())
    return True


def write_test(who: str) -> list[Alert]:
    """An alert for each channel that is set up, claimed by the caller, to see that it arrives."""
    body = {
        "problem": f"a test, asked for by {who}",
        "remedy": "Nothing is wrong: this shows that alerts arrive here.",
        "number": 0,
    }
    print_ = f"test:{uuid.uuid4().hex}"
    rows = Alert.objects.filter(fingerprint=print_).order_by("id")
    with transaction.atomic():
        alerting.tell(Alert.Kind.SELF_CHECK, print_, body, secs=0)
        rows.update(tries=1, next_at=Now() + timedelta(seconds=FIRST_PAUSE_SECS))
    return list(rows)


def not_set_up() -> list[str]:
    return [name for name in CHANNELS if name not in in_use()]


def send_again(alert: Alert) -> None:
    """Lets a job send it now, under the same dedupe key, whatever became of it before."""
    Alert.objects.filter(pk=alert.pk).update(state=Alert.State.WAITING, next_at=Now(), tries=0)


def forget_old() -> int:
    """Deletes alerts that are older than KEPT, and gates that no cooldown needs; how many."""
    old = Alert.objects.filter(created__lt=Now() - KEPT)
    return old.delete()[0] + cooldown.forget_old()


def _send(alert: Alert) -> None:
    channel = CHANNELS.get(alert.channel)
    if channel is None or not channel.configured():
        raise NotSent(f"The channel {alert.channel} is not set up any more. See the settings.")
    channel.send(alert)


def _told(error: Exception) -> str:
    text = str(error) if isinstance(error, NotSent) else f"{type(error).__name__}: {error}"
    return redact(text)[:LONGEST_PROBLEM]


def _about(alert: Alert) -> dict[str, object]:
    return {"channel": alert.channel, "tries": alert.tries, "dedupe_key": alert.dedupe_key}
