"""What was used: rollups of finished days and, of all other days, the calls themselves.

One statement, so one moment: no call is in it twice, or missing, while days are rolled up
and calls are forgotten.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from django.db import connection, transaction

from lakehouse.observing import percentiles, sums

BY = ("day", "key", "provider", "model", "profile")
FILTERS = BY[1:]
MOST = 10_000  # rows of an answer

_COLUMN = {name: name for name in (*BY, "hour")} | {"key": "key_id", "day": "slot", "hour": "slot"}
_ALL = ", ".join(("slot", *sums.WHO, *sums.COLUMNS))
# A day's rollups are right from when it was rolled up until a call comes to it late.
_DAILY = f"""
    right_days AS (
        SELECT day FROM observing_rollup
        WHERE NOT forgotten AND day BETWEEN %(first)s AND %(last)s
        EXCEPT SELECT day FROM observing_lateday
    ), other_days AS (
        SELECT each::date AS day
        FROM generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '1 day') AS each
        EXCEPT SELECT day FROM right_days
    ), found AS (
        SELECT day AS {_ALL} FROM observing_rollup
        WHERE day BETWEEN %(first)s AND %(last)s
            AND (forgotten OR day IN (SELECT day FROM right_days)) {{only}}
        UNION ALL {
    sums.of_calls(
        "other_days JOIN gateway_call ON started_at >= day::timestamp AT TIME ZONE 'UTC' "
        "AND started_at < (day + 1)::timestamp AT TIME ZONE 'UTC' "
        "WHERE outcome <> 'running' {only_calls}",
        "day",
    )
}
    )"""  # noqa: S608
_HOURLY = f"""
    found AS ({
    sums.of_calls(
        "gateway_call WHERE outcome <> 'running' AND started_at >= %(since)s {only_calls}",
        sums.HOUR,
    )
})"""


class TooMuch(Exception):
    """More rows than MOST; the text says what to do."""


class Used(msgspec.Struct, frozen=True):
    """Sums over the calls of one group. `of` names it: a date or datetime, a key's id (0: none),
    names ("": none). Times in milliseconds, `cost` in US dollars."""

    of: dict[str, Any]
    calls: int = 0
    failed: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cost: Decimal = Decimal(0)
    unpriced: int = 0
    total_ms: float = 0.0
    total_buckets: list[int] = []
    first_token_buckets: list[int] = []

    @property
    def errors_share(self) -> float:
        return self.failed / self.calls if self.calls else 0.0

    def latency(self, share: float) -> int | None:
        return percentiles.of(self.total_buckets, share)

    def first_token(self, share: float) -> int | None:
        return percentiles.of(self.first_token_buckets, share)


class Usage(msgspec.Struct, frozen=True):
    rows: list[Used]
    total: Used


def of_days(by: tuple[str, ...], first: date, last: date, only: Mapping[str, Any]) -> Usage:
    """Usage from day to day (UTC, both counted), grouped by some of BY, of what `only` says of
    FILTERS: a key's id (0: none) or a name ("": none). Raises TooMuch."""
    last = min(last, datetime.now(UTC).date() + timedelta(days=1))
    return _asked(_DAILY, by, only, {"first": first, "last": last})


def of_hours(by: tuple[str, ...], since: datetime, only: Mapping[str, Any]) -> Usage:
    """As `of_days`, of the calls that are still there; `by` may have "hour" in place of "day"."""
    return _asked(_HOURLY, by, only, {"since": since})


def _asked(
    found: str, by: tuple[str, ...], only: Mapping[str, Any], values: dict[str, Any]
) -> Usage:
    columns = [_COLUMN[name] for name in by]
    told = {f"only_{name}": value for name, value in only.items()}
    plain = "".join(f" AND {_COLUMN[name]} = %(only_{name})s" for name in only)
    of_calls = plain.replace("key_id", "coalesce(api_key_id, 0)")
    groups = ", ".join(columns)
    statement = f"""
    WITH {found.format(only=plain, only_calls=of_calls)}
    SELECT {groups}, {sums.of_rows()} FROM found
    GROUP BY GROUPING SETS (({groups}), ()) ORDER BY grouping({columns[0]}) DESC, {groups}
    LIMIT {MOST + 2}
    """  # noqa: S608 - names of ours, and the values beside it
    with transaction.atomic(), connection.cursor() as cursor:
        # Compiling a statement of a hundred sums takes longer than running it.
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(statement, values | told)
        rows = [_row(by, row) for row in cursor.fetchall()]
    if len(rows) > MOST + 1:
        raise TooMuch(
            f"This gives more than {MOST} rows. Ask for fewer days, group by less, or narrow it "
            f"to one {' or '.join(FILTERS)}."
        )
    (total, *groups_found) = rows
    return Usage(groups_found, total)


def _row(by: tuple[str, ...], row: tuple[Any, ...]) -> Used:
    counted = dict(zip(sums.COLUMNS, row[len(by) :], strict=True))
    if counted["calls"] is None:  # nothing was found: the total of no rows
        return Used(of={})
    return Used(of=dict(zip(by, row[: len(by)], strict=True)), **counted)
