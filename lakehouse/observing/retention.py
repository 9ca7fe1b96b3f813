"""Retention: calls older than LAKEHOUSE_KEEP_CALLS_DAYS become rollups, and those are kept.

One statement deletes a batch of calls and adds it to the rollups, so each call is in one of
both whatever dies in between. One that comes later still is added by the next night's.
"""

from django.conf import settings
from django.db import connection, transaction

from lakehouse.observing import sums
from lakehouse.observing.rollups import alone

BATCH = 5000

_ADDED = ", ".join(f"{name} = kept.{name} + EXCLUDED.{name}" for name in sums.COUNTS)
_LISTS = ", ".join(
    f"{name} = ARRAY(SELECT a + b FROM unnest(kept.{name}, EXCLUDED.{name}) AS pairs(a, b))"  # noqa: S608
    for name in sums.BUCKETS
)
_FORGET = f"""
WITH gone AS (
    DELETE FROM gateway_call WHERE id IN (
        SELECT id FROM gateway_call
        WHERE outcome <> 'running'
            AND started_at < date_trunc('day', now(), 'UTC') - make_interval(days => %(days)s)
        ORDER BY started_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
    ) RETURNING *
), tries AS (
    DELETE FROM gateway_attempt WHERE call_id IN (SELECT id FROM gone)
), no_longer_right AS (
    DELETE FROM observing_rollup
    WHERE NOT forgotten AND day IN (SELECT DISTINCT {sums.DAY} FROM gone)
), added AS (
    INSERT INTO observing_rollup AS kept
        (day, forgotten, {", ".join((*sums.WHO, *sums.COLUMNS))})
    SELECT slot, true, {", ".join((*sums.WHO, *sums.COLUMNS))}
    FROM ({sums.of_calls("gone")}) AS found
    ON CONFLICT (day, key_id, provider, model, profile, forgotten)
    DO UPDATE SET {_ADDED}, {_LISTS}
)
SELECT count(*) FROM gone
"""  # noqa: S608


def forget_old_calls() -> int:
    """Turns the calls of days older than LAKEHOUSE_KEEP_CALLS_DAYS into rollups; how many calls.

    Running ones stay until they end. 0 days keeps every call.
    """
    days = settings.LAKEHOUSE_KEEP_CALLS_DAYS
    if not days:
        return 0
    total = 0
    while True:
        done = forget_batch(days)
        total += done
        if done < BATCH:
            return total


def forget_batch(days: int) -> int:
    """At most BATCH of the calls of days that ended more than `days` days ago; how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        alone(cursor)
        cursor.execute(_FORGET, {"days": days, "batch": BATCH})
        (done,) = cursor.fetchone()
    return int(done)
