"""Calls added up, in SQL: the one definition of what a rollup and a live figure count."""

from lakehouse.gateway.models.call import BROKEN
from lakehouse.observing.models.rollup import BUCKETS_MS

WHO = ("key_id", "provider", "model", "profile")
TOKENS = (
    *("input_tokens", "cached_tokens", "cache_write_tokens"),
    *("output_tokens", "reasoning_tokens"),
)
COUNTS = ("calls", "failed", *TOKENS, "cost", "unpriced", "total_ms")
BUCKETS = ("total_buckets", "first_token_buckets")
COLUMNS = (*COUNTS, *BUCKETS)

DAY = "(started_at AT TIME ZONE 'UTC')::date"
HOUR = "date_trunc('hour', started_at, 'UTC')"

_BOUNDS = f"ARRAY[{', '.join(map(str, BUCKETS_MS))}]::float8[]"
_BROKEN = ", ".join(f"'{outcome.value}'" for outcome in BROKEN)
_TOKENS = ", ".join(f"sum({name}) AS {name}" for name in TOKENS)


def of_calls(source: str, slot: str = DAY) -> str:
    """Rows of `slot`, WHO and COLUMNS, of the calls that `source` (what follows FROM) gives.

    Calls are first counted by latency bucket, so that the many counts of the lists are taken
    over these few rows and not over each call.
    """
    return f"""
    SELECT slot, {", ".join(WHO)},
        {", ".join(_whole(name) for name in COUNTS)},
        {_list("total_bucket")} AS total_buckets,
        {_list("first_token_bucket")} AS first_token_buckets
    FROM (
        SELECT {slot} AS slot, coalesce(api_key_id, 0) AS key_id, provider, model, profile,
            width_bucket(total_ms, {_BOUNDS}) AS total_bucket,
            width_bucket(first_token_ms, {_BOUNDS}) AS first_token_bucket,
            count(*) AS calls,
            count(*) FILTER (WHERE outcome IN ({_BROKEN})) AS failed,
            {_TOKENS},
            coalesce(sum(cost), 0) AS cost,
            count(*) FILTER (WHERE cost IS NULL AND input_tokens + output_tokens > 0) AS unpriced,
            coalesce(sum(total_ms), 0) AS total_ms
        FROM {source}
        GROUP BY 1, 2, 3, 4, 5, 6, 7
    ) AS counted
    GROUP BY slot, {", ".join(WHO)}
    """  # noqa: S608 - names and numbers of ours


def of_rows() -> str:
    """What sums rows of COLUMNS up again, in their order: a select list."""
    lists = (
        f"ARRAY[{', '.join(f'sum({name}[{place}])::bigint' for place in _PLACES)}] AS {name}"
        for name in BUCKETS
    )
    return ", ".join((*(_whole(name) for name in COUNTS), *lists))


_PLACES = range(1, len(BUCKETS_MS) + 2)  # PostgreSQL counts from 1


def _whole(name: str) -> str:
    cast = "" if name in ("cost", "total_ms") else "::bigint"
    return f"sum({name}){cast} AS {name}"


def _list(bucket: str) -> str:
    counts = (
        f"coalesce(sum(calls) FILTER (WHERE {bucket} = {place - 1}), 0)::bigint"
        for place in _PLACES
    )
    return f"ARRAY[{', '.join(counts)}]"
