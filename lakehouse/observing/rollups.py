"""Rolling days up: the sums of a finished day's calls, made again when one comes late.

A day that a call came to late is noted by the database (LateDay), and is added up from its
calls until it is rolled up anew. So what was rolled up may be late, and is never wrong.
"""

from datetime import date

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from lakehouse.observing import sums

LOCK = 0x1A4EB1  # held by whoever moves calls into rollups: any number, the same everywhere
# Long enough after a day's end for every transaction that began in it to have ended.
SETTLED = "interval '1 hour'"
LONG = "10min"  # one day's calls may take longer than a page's query may

_DUE = f"""
WITH span AS (
    SELECT (min(started_at) AT TIME ZONE 'UTC')::date AS first,
        (now() AT TIME ZONE 'UTC' - {SETTLED})::date - 1 AS last
    FROM gateway_call
)
SELECT day FROM (
    SELECT each::date AS day
    FROM span, generate_series(first::timestamp, last::timestamp, interval '1 day') AS each
    WHERE NOT EXISTS (SELECT 1 FROM observing_rollup r WHERE r.day = each::date AND NOT forgotten)
        AND EXISTS (
            SELECT 1 FROM gateway_call
            WHERE outcome <> 'running' AND started_at >= each AT TIME ZONE 'UTC'
                AND started_at < (each + interval '1 day') AT TIME ZONE 'UTC'
        )
    UNION
    SELECT day FROM observing_lateday, span WHERE day <= last
) AS due ORDER BY day
"""  # noqa: S608
_AGAIN = f"""
INSERT INTO observing_rollup (day, forgotten, {", ".join((*sums.WHO, *sums.COLUMNS))})
SELECT slot, false, {", ".join((*sums.WHO, *sums.COLUMNS))} FROM ({
    sums.of_calls(
        "gateway_call WHERE outcome <> 'running' "
        "AND started_at >= %(day)s::date::timestamp AT TIME ZONE 'UTC' "
        "AND started_at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC'"
    )
}) AS found
"""  # noqa: S608


def roll_up() -> int:
    """Rolls up every finished day that is not, or no longer right; how many days."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE)
        due: list[date] = [day for (day,) in cursor.fetchall()]
    for day in due:
        roll_day_up(day)
    return len(due)


def roll_day_up(day: date) -> None:
    """Makes the rollups of a day from those of its calls that ended and are still there.

    The notes go first: a call that is committed after them leaves its own for the next time.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        alone(cursor)
        cursor.execute("DELETE FROM observing_lateday WHERE day = %s", [day])
        cursor.execute("DELETE FROM observing_rollup WHERE day = %s AND NOT forgotten", [day])
        cursor.execute(_AGAIN, {"day": day})


def alone(cursor: CursorWrapper) -> None:
    """Waits until nobody else moves calls into rollups, until the transaction's end."""
    cursor.execute(f"SET LOCAL statement_timeout = '{LONG}'")
    # Compiling a statement of a hundred sums takes longer than running it.
    cursor.execute("SET LOCAL jit = off")
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
