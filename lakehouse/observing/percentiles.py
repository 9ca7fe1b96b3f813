"""Percentiles of latencies that are only known by the bucket they fell into."""

from collections.abc import Sequence

from lakehouse.observing.models.rollup import BUCKETS_MS

SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


def of(buckets: Sequence[int], share: float) -> int | None:
    """The upper end in milliseconds of the bucket that holds this share of the calls.

    At least so many took less; longer than the highest end counts as it. None without calls.
    """
    total = sum(buckets)
    if not total:
        return None
    seen = 0
    for end, count in zip(BUCKETS_MS, buckets, strict=False):
        seen += count
        if seen >= total * share:
            return end
    return BUCKETS_MS[-1]
