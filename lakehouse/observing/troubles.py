"""What is broken now, the worst first: each with what it means and where to look."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.db.models.functions import Now
from django.urls import reverse

from lakehouse.gateway.models import Breaker, Instance
from lakehouse.observing.here import Standing
from lakehouse.observing.models import Cluster
from lakehouse.observing.now import Failures, Jobs
from lakehouse.observing.pulse import BEHIND_SECS

MANY_WAITING = 2000  # records: one flush takes so many
LATELY = timedelta(minutes=10)
LOOKED_AT, SHOWN = 50, 5  # clusters of failures, the newest


class Trouble(NamedTuple):
    """`level` is "danger" or "warning"; `page` is "" where there is none to look at."""

    level: str
    title: str
    detail: str = ""
    page: str = ""


def troubles(
    failures: Iterable[Failures], standings: Iterable[Standing], unheard: int, jobs: Jobs
) -> list[Trouble]:
    found = [
        *_records(told := list(standings)),
        *_limits(told),
        *_breakers(),
        *map(_failing, failures),
        *_processes(unheard),
        *_clusters(),
        *_jobs(jobs),
    ]
    return sorted(found, key=attrgetter("level"))  # danger comes before warning, by its letter


def _records(standings: Iterable[Standing]) -> Iterator[Trouble]:
    told = list(standings)
    late = Instance.objects.alive().filter(behind_secs__gte=BEHIND_SECS)
    for other in late.exclude(pk__in=[one.instance for one in told]):
        title = f"The ledger is behind: a record of {other} waited {other.behind_secs:.0f} s"
        yield Trouble("danger", title, "What this page says of the last minute may not be whole.")
    for one in told:
        if one.database != "ok" or one.records_waiting > MANY_WAITING:
            yield Trouble(
                "danger",
                f"The ledger is behind: {one.records_waiting} records wait",
                f"The database does not take them from {one.host}:{one.pid}. Calls go on; what "
                "this page says of the last minute is not whole.",
            )
    for lost in Instance.objects.alive().filter(records_dropped__gt=0):
        yield Trouble(
            "danger",
            f"{lost.records_dropped} records of calls were lost",
            f"By {lost}, since it began at {lost.started_at:%Y-%m-%d %H:%M}: the database was "
            "away for longer than its memory reaches.",
        )


def _limits(standings: Iterable[Standing]) -> Iterator[Trouble]:
    if any(not one.limits_together for one in standings):
        yield Trouble(
            "danger",
            "Redis is away: each process counts the limits of keys alone",
            "A key may get its limit once in each of them. See that the Redis of CACHE_URL runs.",
        )


def _breakers() -> Iterator[Trouble]:
    page = reverse("admin:gateway_breaker_changelist")
    for provider, found in groupby(Breaker.objects.current(), attrgetter("provider")):
        each = list(found)  # a process has its own
        worst = max(each, key=attrgetter("secs"))
        wait = f"a call tries it in {worst.secs:.0f} s" if worst.secs else "the next call tries"
        seen_by = ", ".join(sorted(str(breaker.instance) for breaker in each))
        yield Trouble(
            "danger" if worst.secs else "warning",
            f"{provider}: breaker {worst.state.replace('_', ' ')}, {wait}",
            f"{worst.reason} (of {seen_by})",
            page,
        )


def _failing(failures: Failures) -> Trouble:
    who = failures.provider or "no provider"
    times = "once" if failures.times == 1 else f"{failures.times} times"
    return Trouble(
        "danger" if failures.of_ours else "warning",
        f"{who}: failed {times} in the last minute ({failures.error_kind or failures.status})",
        failures.message,
        reverse("admin:gateway_call_change", args=[failures.call]),
    )


def _processes(unheard: int) -> Iterator[Trouble]:
    gone = Instance.objects.filter(stopped_at=None, seen_at__gt=Now() - LATELY)
    for one in gone.exclude(pk__in=Instance.objects.alive().values("pk")):
        yield Trouble(
            "danger",
            f"{one} is not heard of any more",
            f"Last at {one.seen_at:%H:%M:%S}, and it did not say that it stops: it died, or the "
            "database is out of its reach.",
        )
    if unheard:
        yield Trouble("danger", f"{unheard} of the workers behind this port did not answer")


def _clusters() -> Iterator[Trouble]:
    """Failures that nobody has said they look at; also of hours ago."""
    page = reverse("admin:observing_cluster_changelist")
    newest = Cluster.objects.filter(state=Cluster.State.OPEN)[:LOOKED_AT]
    unseen = [cluster for cluster in newest if cluster.alerts]
    for cluster in unseen[:SHOWN]:
        last = f"Last at {cluster.last_seen:%Y-%m-%d %H:%M:%S}."
        times = "once" if cluster.count == 1 else f"{cluster.count} times"
        yield Trouble(
            "warning",
            f"{cluster.who} failed {times} ({cluster.error_kind}), and nobody has acknowledged it",
            f"{cluster.message} {last}",
            reverse("admin:observing_cluster_change", args=[cluster.pk]),
        )
    if len(unseen) > SHOWN:
        yield Trouble("warning", "More failures that nobody has acknowledged", "", page)


def _jobs(jobs: Jobs) -> Iterator[Trouble]:
    page = reverse("admin:procrastinate_procrastinatejob_changelist")
    if not jobs.worked:
        waiting = f"{jobs.waiting} job{' waits' if jobs.waiting == 1 else 's wait'}"
        yield Trouble(
            "danger" if jobs.waiting else "warning",
            f"No worker runs{f', and {waiting}' if jobs.waiting else ''}",
            "Activations, alerts and clean-up stand still. Start one: manage.py worker",
            f"{page}?status__exact=todo",
        )
    if jobs.failed:
        yield Trouble(
            "warning",
            f"{jobs.failed} background job{'' if jobs.failed == 1 else 's'} failed",
            "",
            f"{page}?status__exact=failed",
        )
