"""Usage as people and programs read it: named keys, shares and percentiles, JSON rows, CSV."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from lakehouse.gateway.models import ApiKey
from lakehouse.observing import percentiles, sums
from lakehouse.observing.usage import Usage, Used

MEASURES = (
    *("calls", "failed", "errors_share", *sums.TOKENS, "cost", "unpriced", "mean_ms"),
    *(f"{name}_ms" for name in percentiles.SHARES),
    *(f"first_token_{name}_ms" for name in percentiles.SHARES),
)
NO_KEY = "no key"
# A spreadsheet runs what begins so as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def key_labels(ids: Iterable[int]) -> dict[int, str]:
    """Each key's label, of those that were deleted too, and of 0."""
    wanted = set(ids)
    labels = dict(ApiKey.objects.filter(pk__in=wanted).values_list("pk", "label"))
    return {pk: labels.get(pk, f"deleted key {pk}") if pk else NO_KEY for pk in wanted}


def rows(usage: Usage) -> list[dict[str, Any]]:
    """One flat document a group: its names, then MEASURES."""
    labels = key_labels(used.of["key"] for used in usage.rows if "key" in used.of)
    return [_names(used, labels) | measures(used) for used in usage.rows]


def measures(used: Used) -> dict[str, Any]:
    """MEASURES of one group. Percentiles in milliseconds, as percentiles.of gives them."""
    whole = {name: getattr(used, name) for name in ("calls", "failed", *sums.TOKENS, "unpriced")}
    timed = sum(used.total_buckets)
    found = whole | {
        "errors_share": round(used.errors_share, 6),
        "cost": f"{used.cost:f}",
        "mean_ms": round(used.total_ms / timed, 3) if timed else None,
    }
    for name, share in percentiles.SHARES.items():
        found[f"{name}_ms"] = used.latency(share)
        found[f"first_token_{name}_ms"] = used.first_token(share)
    return {name: found[name] for name in MEASURES}


def as_csv(by: Iterable[str], rows: list[dict[str, Any]], total: dict[str, Any]) -> str:
    """A line of names, the rows, and a last line of the total. No cell can be a formula."""
    columns = list(_columns(by))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*columns, *MEASURES])
    last = dict.fromkeys(columns, "") | {columns[0]: "total"} | total
    for row in (*rows, last):
        writer.writerow([_cell(row[name]) for name in (*columns, *MEASURES)])
    return text.getvalue()


def _names(used: Used, labels: dict[int, str]) -> dict[str, Any]:
    found = dict(used.of)
    for name, value in used.of.items():
        if isinstance(value, date | datetime):
            found[name] = value.isoformat()
        elif name == "key":
            found |= {"key": value or None, "key_label": labels[value]}
    return found


def _columns(by: Iterable[str]) -> Iterator[str]:
    for name in by:
        yield name
        if name == "key":
            yield "key_label"


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
