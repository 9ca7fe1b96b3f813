"""Does the observer see what happens? An alert where it does not.

Four questions: is a call that was answered in the ledger, were records dropped, did records
wait long for the database, do failed calls become clusters.
"""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from lakehouse.gateway.models import Call, Instance
from lakehouse.observing import alerting
from lakehouse.observing.models import Alert
from lakehouse.observing.pulse import BEHIND_SECS
from profiles.live import observer_now

# What stays wrong is said again after an hour, or after the cooldown where that is longer.
AGAIN_SECS = 3600
# A process that stopped counting calls longer ago is not asked about them any more.
LATELY = timedelta(minutes=10)
# A call counts as ended once its upstream is closed, after its record has its time.
SLACK = timedelta(seconds=5)
# A call that settled began no longer before: so far the ledger's index is read.
LONGEST_CALL = timedelta(minutes=15)
UNCLUSTERED = timedelta(minutes=5)


class Finding(msgspec.Struct, frozen=True):
    """`number` is what of it was counted, so that only more of it is news."""

    fingerprint: str
    problem: str
    remedy: str
    number: int = 0


def check() -> int:
    """Tells each finding that is news; how many alerts that made."""
    secs = max(observer_now().alert_cooldown_secs, AGAIN_SECS)
    return sum(_tell(finding, secs) for finding in findings())


def findings() -> Iterator[Finding]:
    yield from _unrecorded()
    yield from _dropped()
    yield from _behind()
    yield from _unclustered()


def _tell(finding: Finding, secs: int) -> int:
    if finding.number and finding.number <= _told(finding):
        return 0
    body = {"problem": finding.problem, "remedy": finding.remedy, "number": finding.number}
    return alerting.tell(Alert.Kind.SELF_CHECK, finding.fingerprint, body, secs=secs)


def _told(finding: Finding) -> int:
    """The number that was last told of it."""
    last = Alert.objects.filter(fingerprint=finding.fingerprint).order_by("-id").first()
    return int(last.body["number"]) if last else 0


def _unrecorded() -> Iterator[Finding]:
    recorded = Call.objects.filter(
        instance=OuterRef("id"),
        started_at__gte=OuterRef("settled_at") - LONGEST_CALL,
        finished_at__gte=OuterRef("settled_at") - SLACK,
    )
    served = Instance.objects.filter(settled_at__gt=Now() - LATELY, behind_secs__lt=BEHIND_SECS)
    for instance in served.filter(~Exists(recorded)):
        yield Finding(
            f"self:unrecorded:{instance.id.hex}",
            f"{instance} answers calls and records none ({instance.calls_ended} so far)",
            "Its calls are missing from the ledger, limits and usage. Read that process's log "
            "and restart it; manage.py doctor says how the database stands.",
        )


def _dropped() -> Iterator[Finding]:
    for instance in Instance.objects.filter(records_dropped__gt=0):
        yield Finding(
            f"self:dropped:{instance.id.hex}",
            f"{instance} dropped {instance.records_dropped} call records",
            "The database took them too slowly or not at all, and memory for them is bounded. "
            "See its load and its disk; manage.py doctor says how it stands.",
            instance.records_dropped,
        )


def _behind() -> Iterator[Finding]:
    late = Instance.objects.alive().filter(behind_secs__gte=BEHIND_SECS)
    for instance in late.order_by("-behind_secs")[:1]:
        yield Finding(
            "self:behind",
            f"the database is behind: a call record of {instance} waited "
            f"{instance.behind_secs:.0f} s",
            "Calls go on; what is shown of them comes late. See the database's load and disk.",
        )


def _unclustered() -> Iterator[Finding]:
    waiting = Call.objects.filter(
        outcome__in=[Call.Outcome.FAILED, Call.Outcome.INCOMPLETE],
        fingerprint="",
        finished_at__lt=Now() - UNCLUSTERED,
    )
    if waiting.exists():
        yield Finding(
            "self:unclustered",
            "failed calls wait to be looked at",
            "The job cluster_failures does not keep up or fails: see Jobs in the admin, and the "
            "worker's log.",
        )
