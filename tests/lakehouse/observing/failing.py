"""Failed calls in the ledger, and what became of them."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from lakehouse.gateway.models import Call
from lakehouse.observing import clustering
from lakehouse.observing.models import Alert, Cluster
from profiles.observer.policy import Observer

WATCHING = Observer()


def failed(ago: float = 1, message: str = "It broke.", **fields: Any) -> Call:
    """A call that failed so many seconds ago, in the ledger."""
    at = timezone.now() - timedelta(seconds=ago)
    plain: dict[str, Any] = {
        "operation": "chat",
        "instance": uuid.UUID(int=0),
        "started_at": at,
        "finished_at": at,
        "outcome": "failed",
        "status": 502,
        "provider": "p",
        "model": "m",
        "error_kind": "server",
        "error_message": message,
    }
    return Call.objects.create(**plain | fields)


def storm(count: int) -> None:
    """So many equal failures of this minute, straight into the table."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO gateway_call (id, operation, instance, started_at, finished_at, outcome,
                status, stream, model_asked, provider, model, revisions, input_tokens,
                cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, error_kind,
                error_message, attempts_made, finish_reason, dropped)
            SELECT gen_random_uuid(), 'chat', gen_random_uuid(), now(), now(), 'failed', 502,
                false, 'm', 'p', 'm', '{}', 0, 0, 0, 0, 0, 'server',
                'Request ' || md5(n::text) || ' broke after ' || n || ' s.', 1, '', '[]'
            FROM generate_series(1, %s) AS n""",
            [count],
        )


def run(watching: Observer = WATCHING) -> int:
    """All that waits, with these numbers of an observer profile."""
    total = 0
    while counted := clustering.cluster_batch(watching):
        total += counted
    return total


def only() -> Cluster:
    return Cluster.objects.get()


def told(**fields: Any) -> list[str]:
    """The kinds of alerts there are, the oldest first."""
    return list(Alert.objects.filter(**fields).order_by("id").values_list("kind", flat=True))


def at_rest(cluster: Cluster, ago: float) -> None:
    """As if it was seen last, and its alerts were told, so many seconds ago."""
    then: datetime = timezone.now() - timedelta(seconds=ago)
    Cluster.objects.filter(pk=cluster.pk).update(last_seen=then)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE observing_alertgate SET told_at = %s", [then])
