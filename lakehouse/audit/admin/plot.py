"""Grounding and actionable rates over time, a line for each provider and model."""

import json
from collections.abc import Callable

from lakehouse.audit.rates import Rate

_LINES = ("#2563eb", "#16a34a", "#d97706", "#9333ea", "#dc2626", "#0891b2", "#4d7c0f", "#be185d")
_GREY = "#9ca3af"
# Unfold's own have no legend, no points, and no ends of the scale.
OPTIONS = json.dumps(
    {
        "animation": False,
        "responsive": True,
        "maintainAspectRatio": False,
        "plugins": {
            "legend": {
                "display": True,
                "align": "end",
                "labels": {"color": _GREY, "boxHeight": 6, "boxWidth": 6, "usePointStyle": True},
            }
        },
        "scales": {
            "x": {"ticks": {"color": _GREY, "maxTicksLimit": 12}, "grid": {"display": False}},
            "y": {"min": 0, "max": 100, "ticks": {"color": _GREY, "stepSize": 25}, "grid": {}},
        },
    }
)


def plot(rates: list[Rate]) -> list[tuple[str, str]]:
    """A title and the data of unfold's line chart, for each plot."""
    if not rates:
        return []
    return [
        ("Grounded: claims that stand on the code, in %", _chart(rates, _grounding)),
        ("Actionable: findings worth acting on, in % of those judged", _chart(rates, _actionable)),
    ]


def _grounding(rate: Rate) -> float | None:
    return rate.grounding_rate


def _actionable(rate: Rate) -> float | None:
    return rate.actionable_rate


def _chart(rates: list[Rate], value: Callable[[Rate], float | None]) -> str:
    days = sorted({rate.day for rate in rates})
    names = list(dict.fromkeys(f"{rate.provider}/{rate.model}" for rate in rates))
    found = {(f"{rate.provider}/{rate.model}", rate.day): value(rate) for rate in rates}
    lines = []
    for number, name in enumerate(names[: len(_LINES)]):
        values = [found.get((name, day)) for day in days]
        lines.append(
            {
                "label": name,
                "data": [None if share is None else round(100 * share, 1) for share in values],
                "borderColor": _LINES[number],
                "backgroundColor": _LINES[number],
                "borderWidth": 2,
                "spanGaps": True,
                "pointRadius": 4,
            }
        )
    return json.dumps({"labels": [f"{day:%Y-%m-%d}" for day in days], "datasets": lines})
