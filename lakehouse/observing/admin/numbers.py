"""The table below the plots: the same numbers, as a person reads them."""

from typing import Any

from lakehouse.observing import report
from lakehouse.observing.usage import Used

COLUMNS = {
    "calls": "Calls",
    "failed": "Failed",
    "errors_share": "%",
    "input_tokens": "Tokens in",
    "cached_tokens": "from cache",
    "output_tokens": "out",
    "reasoning_tokens": "reasoning",
    "cost": "Cost, $",
    "p50_ms": "p50 ≤ ms",
    "p95_ms": "p95 ≤ ms",
    "p99_ms": "p99 ≤ ms",
    "first_token_p95_ms": "First token p95 ≤ ms",
}


def cells(used: Used) -> list[str]:
    """One for each of COLUMNS."""
    found = report.measures(used)
    return [shown(name, found[name]) for name in COLUMNS]


def shown(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name == "errors_share":
        return f"{100 * value:.1f}"
    return f"{float(value):,.4f}" if name == "cost" else f"{value:,}"
