"""When failures become an alert, and what is then put on its way.

An alert is written in the transaction that found its reason, one row a channel; sending is
`sending.py`. What a client brought about itself (see `fingerprint.of_client`) is counted in
clusters and alerts nobody. Neither does an acknowledged cluster: somebody knows.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from lakehouse.observing import channels, cooldown, wording
from lakehouse.observing.models import Alert, Cluster
from profiles.observer import fingerprint
from profiles.observer.grouping import Group
from profiles.observer.policy import Observer

# Calls that failed longer ago are counted and no news: after an upgrade, or a worker's absence.
NEWS = timedelta(hours=1)
# Of more kinds of failure than these on a channel within a minute, one alert tells.
MOST_A_MINUTE = 20
MINUTE_SECS = 60
_MANY = "many-failures"

# The fullest window that ends with a call that began at or after the second moment.
_IN_WINDOW = """
SELECT coalesce(max(n), 0) FROM (
    SELECT started_at, count(*) OVER (
        ORDER BY started_at RANGE BETWEEN make_interval(secs => %(secs)s) PRECEDING AND CURRENT ROW
    ) AS n
    FROM gateway_call WHERE fingerprint = %(fingerprint)s AND fingerprint <> ''
    AND started_at >= %(since)s - make_interval(secs => %(secs)s)
) AS calls WHERE started_at >= %(since)s
"""


def failed(group: Group, watching: Observer) -> int:
    """After a group's calls were added to its cluster: alerts, where they are one; how many."""
    fresh = timezone.now() - NEWS
    news = [event for event in group.events if event.seen > fresh]
    if not news or not fingerprint.alerts(group.fingerprint):
        return 0
    cluster = Cluster.objects.get(pk=group.fingerprint)
    told_on = channels.in_use()
    shut = set(told_on)
    if cluster.state == Cluster.State.OPEN:
        shut &= cooldown.closed(cluster.pk, watching.alert_cooldown_secs)
    cooldown.hold_back(cluster.pk, shut, len(news))
    waiting = [channel for channel in told_on if channel not in shut]
    if not waiting:
        return 0
    since = min(event.started for event in news)
    count = _in_window(cluster.pk, since, watching.failure_cluster_secs)
    if count < watching.failure_cluster_size:
        return 0
    crowded = _crowded(waiting)
    waiting = [channel for channel in waiting if channel not in crowded]
    many = tell(Alert.Kind.SELF_CHECK, _MANY, _many(), secs=MINUTE_SECS, on=crowded)
    body = described(cluster) | {
        "in_window": count,
        "window_secs": watching.failure_cluster_secs,
        "came_back": _last_kind(cluster.pk) == Alert.Kind.RESOLVED,
    }
    return many + tell(
        Alert.Kind.FAILURES,
        cluster.pk,
        body,
        secs=watching.alert_cooldown_secs,
        events=len(news),
        on=waiting,
    )


def resolved(cluster: Cluster, why: str) -> int:
    """Where its failures were told, that they ended, and how many were not told; how many alerts.

    To be called once, in the transaction that resolves it.
    """
    told = 0
    for channel in channels.in_use():
        if _last_kind(cluster.pk, channel) != Alert.Kind.FAILURES:
            continue
        held = cooldown.take_held(cluster.pk, channel)
        body = described(cluster) | {"why": why, "suppressed": held}
        _write(Alert.Kind.RESOLVED, cluster.pk, channel, body)
        told += 1
    return told


def tell(
    kind: Alert.Kind,
    print_: str,
    body: dict[str, Any],
    *,
    secs: int,
    events: int = 0,
    on: Iterable[str] | None = None,
) -> int:
    """Writes an alert for each channel whose cooldown lets it through; how many.

    `events` are held back where it does not.
    """
    told = 0
    for channel in channels.in_use() if on is None else on:
        held = cooldown.let_through(print_, channel, secs, events)
        if held is not None:
            _write(kind, print_, channel, body | {"suppressed": held})
            told += 1
    return told


def described(cluster: Cluster) -> dict[str, Any]:
    """What an alert says of a cluster: never anything that was asked or answered."""
    page = reverse("admin:observing_cluster_change", args=[cluster.pk])
    return {
        "provider": cluster.provider,
        "model": cluster.model,
        "error_kind": cluster.error_kind,
        "message": cluster.message,
        "revision": cluster.revision,
        "count": cluster.count,
        "first_seen": cluster.first_seen.isoformat(),
        "last_seen": cluster.last_seen.isoformat(),
        "calls": [str(call) for call in cluster.samples],
        "page": f"{settings.LAKEHOUSE_PUBLIC_URL}{page}",
    }


def _write(kind: Alert.Kind, print_: str, channel: str, body: dict[str, Any]) -> None:
    Alert.objects.create(
        dedupe_key=f"{print_}/{channel}/{uuid.uuid4()}",
        kind=kind,
        fingerprint=print_,
        channel=channel,
        subject=wording.subject(kind, body),
        body=body,
    )


def _crowded(told_on: Iterable[str]) -> set[str]:
    """Those of the channels on which enough was told within the last minute."""
    rows = Alert.objects.filter(
        kind=Alert.Kind.FAILURES,
        channel__in=list(told_on),
        created__gt=timezone.now() - timedelta(seconds=MINUTE_SECS),
    )
    counted = rows.order_by().values("channel").annotate(n=Count("pk"))
    return set(counted.filter(n__gte=MOST_A_MINUTE).values_list("channel", flat=True))


def _many() -> dict[str, Any]:
    page = f"{settings.LAKEHOUSE_PUBLIC_URL}{reverse('admin:observing_cluster_changelist')}"
    return {
        "problem": f"More than {MOST_A_MINUTE} kinds of failure within a minute.",
        "remedy": f"Not each is told. Those that go on are, later; all are at {page}",
        "number": 0,
    }


def _in_window(print_: str, since: datetime, secs: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_IN_WINDOW, {"fingerprint": print_, "since": since, "secs": secs})
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _last_kind(print_: str, channel: str = "") -> str:
    """Of the newest alert, on one channel or on any; "" where there is none."""
    rows = Alert.objects.filter(fingerprint=print_)
    rows = rows.filter(channel=channel) if channel else rows
    return rows.order_by("-id").values_list("kind", flat=True).first() or ""
