"""Failed calls become clusters: each is counted once, whoever runs this and whatever is killed.

One transaction a batch takes calls that nobody else holds, adds them to their clusters,
marks them, and decides about alerts: either all of it happened, or none.

A call that failed or broke off is a failure. One whose client left, or that another rung
answered, is none.
"""

from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction

from lakehouse.gateway.models import Call
from lakehouse.observing import alerting
from lakehouse.observing.models import Cluster
from profiles.live import observer_now
from profiles.observer.fingerprint import Failed
from profiles.observer.grouping import Event, Group, folded, grouped
from profiles.observer.policy import Observer

BATCH = 2000
BATCHES = 50
MOST_CLUSTERS = 1000
MOST_SAMPLES = 10
# A cluster is quiet after so many windows without an event, and never sooner than the seconds.
QUIET_WINDOWS = 3
QUIET_SECS = 60

_FIELDS = (
    *("id", "started_at", "finished_at", "provider", "model", "error_kind", "error_message"),
    *("revisions", "status"),
)
_MARK = """
UPDATE gateway_call SET fingerprint = told.fingerprint
FROM unnest(%s::uuid[], %s::text[]) AS told (id, fingerprint) WHERE gateway_call.id = told.id
"""
_ADD = """
INSERT INTO observing_cluster AS kept (
    fingerprint, provider, model, error_kind, message, revision,
    count, first_seen, last_seen, samples, state, state_by, state_at, note
) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, '{}', 'open', '', now(), '')
ON CONFLICT (fingerprint) DO UPDATE SET
    count = kept.count + EXCLUDED.count,
    first_seen = least(kept.first_seen, EXCLUDED.first_seen),
    last_seen = greatest(kept.last_seen, EXCLUDED.last_seen),
    (state, state_by, state_at) = (
        SELECT CASE WHEN back THEN 'open' ELSE kept.state END,
            CASE WHEN back THEN '' ELSE kept.state_by END,
            CASE WHEN back THEN now() ELSE kept.state_at END
        FROM (SELECT kept.state = 'resolved' AND EXCLUDED.last_seen > kept.state_at) AS t (back)
    )
"""
# From the ledger, after the rows above are locked: the same for any order of events.
_SAMPLE = """
UPDATE observing_cluster SET samples = ARRAY(
    SELECT id FROM gateway_call WHERE fingerprint = observing_cluster.fingerprint
    AND fingerprint <> '' ORDER BY started_at DESC, id DESC LIMIT %s
) WHERE fingerprint = ANY(%s)
"""


def cluster_failures() -> int:
    """Everything that failed since the last run, and clusters that became quiet; how many calls."""
    watching = observer_now()
    total = 0
    for _ in range(BATCHES):
        counted = cluster_batch(watching)
        total += counted
        if counted < BATCH:
            break
    resolve_quiet(watching)
    return total


def cluster_batch(watching: Observer, size: int = BATCH) -> int:
    """At most `size` calls, in one transaction; how many."""
    with transaction.atomic():
        groups = _with_room(grouped(_waiting(size)))
        marks = [(event.id, name) for name, group in groups.items() for event in group.events]
        if not marks:
            return 0
        _write(groups, marks)
        for group in groups.values():
            alerting.failed(group, watching)
    return len(marks)


def resolve_quiet(watching: Observer) -> int:
    """Ends clusters without an event for QUIET_WINDOWS windows, and says so; how many."""
    quiet = max(QUIET_WINDOWS * watching.failure_cluster_secs, QUIET_SECS)
    done = 0
    while True:
        with transaction.atomic():
            rows = Cluster.objects.select_for_update(skip_locked=True).quiet_for(
                timedelta(seconds=quiet)
            )
            if (cluster := rows.first()) is None:
                return done
            cluster.enter(Cluster.State.RESOLVED)
            alerting.resolved(cluster, f"It has been quiet for {quiet} s.")
        done += 1


def _waiting(size: int) -> list[Event]:
    rows = (
        Call.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(outcome__in=[Call.Outcome.FAILED, Call.Outcome.INCOMPLETE], fingerprint="")
        .order_by("started_at")
        .values(*_FIELDS)
    )
    return [_event(row) for row in rows[:size]]


def _event(row: dict[str, object]) -> Event:
    failed = Failed(
        str(row["provider"]),
        str(row["model"]),
        str(row["error_kind"]),
        str(row["error_message"]),
        row["revisions"].get("execution", ""),  # type: ignore[attr-defined]  # JSON
        row["status"],  # type: ignore[arg-type]
    )
    started = row["started_at"]
    return Event(row["id"], started, row["finished_at"] or started, failed)  # type: ignore[arg-type]


def _write(groups: dict[str, Group], marks: list[tuple[UUID, str]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [[call for call, _ in marks], [name for _, name in marks]])
        # In the fingerprints' order, so that two at a time cannot wait for each other.
        for group in groups.values():
            who = (group.provider, group.model, group.error_kind, group.message, group.revision)
            seen = (len(group.events), group.first_seen, group.last_seen)
            cursor.execute(_ADD, (group.fingerprint, *who, *seen))
        cursor.execute(_SAMPLE, [MOST_SAMPLES, list(groups)])


def _with_room(groups: dict[str, Group]) -> dict[str, Group]:
    """The groups, those that are one too many folded together; old resolved ones make room."""
    there = Cluster.objects.filter(pk__in=list(groups)).values_list("pk", flat=True)
    new = sorted(groups.keys() - set(there), key=lambda name: (-len(groups[name].events), name))
    if not new:
        return groups
    with connection.cursor() as cursor:
        # One at a time makes new clusters; else both would take the last place.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('observing_cluster'))")
    spare = MOST_CLUSTERS - Cluster.objects.count()
    if spare < len(new):
        spare += Cluster.objects.forget_resolved(len(new) - spare)
    crowded = set(new[max(spare, 0) :])
    kept = {name: group for name, group in groups.items() if name not in crowded}
    rest = folded(groups[name] for name in sorted(crowded))
    return dict(sorted((kept | rest).items()))
