"""The plots of the page of usage, as Chart.js reads them, and the numbers beside them."""

import json
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from lakehouse.observing import report
from lakehouse.observing.admin.numbers import COLUMNS, cells, shown
from lakehouse.observing.admin.picked import Picked
from lakehouse.observing.percentiles import SHARES
from lakehouse.observing.usage import Used

MOST_SERIES = 7  # more colours cannot be told apart; the rest is one series
OTHERS = "others"
# Told apart by the colour-blind too (Okabe and Ito), and on dark as on light.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8b6fd6")
GREY = "#9ca3af"
RED = "#dc2626"

Series = list[tuple[str, list[Any]]]
Measure = Callable[[Used], Any]


class Plot(NamedTuple):
    title: str
    note: str
    kind: str  # bar or line
    data: str
    options: str


class Row(NamedTuple):
    name: str
    url: str
    cells: list[str]


class Figures(NamedTuple):
    """`rows` are the groups, the busiest first; hours or days where there are no groups.
    `totals` are the cells of all of them, by the titles `columns`; `large` what is said first."""

    total: Used
    large: list[tuple[str, str, str]]
    columns: list[str]
    totals: list[str]
    plots: list[Plot]
    rows: list[Row]
    heading: str


def figures(chosen: Picked) -> Figures:
    """Raises usage.TooMuch."""
    found = chosen.used(chosen.by)
    if chosen.group:
        groups = chosen.used((chosen.group,))
        ranked = sorted(groups.rows, key=lambda used: (-used.calls, str(used.of[chosen.group])))
        names = _names(chosen.group, ranked)
        plots = _by_group(chosen, found.rows, names)
        rows = [
            Row(
                names[used.of[chosen.group]],
                chosen.query(by="", **{chosen.group: str(used.of[chosen.group])}),
                cells(used),
            )
            for used in ranked
        ]
    else:
        plots = _together(chosen, found.rows)
        rows = [Row(_when(used.of[chosen.slot]), "", cells(used)) for used in reversed(found.rows)]
    heading = chosen.group.capitalize() or f"{chosen.slot.capitalize()} (UTC)"
    total = found.total
    return Figures(total, _large(total), [*COLUMNS.values()], cells(total), plots, rows, heading)


def _large(total: Used) -> list[tuple[str, str, str]]:
    """What, how much, and what to know of it."""
    told = report.measures(total)
    calls = "calls" if total.unpriced > 1 else "call"
    unknown = f"and {total.unpriced:,} {calls} at unknown prices" if total.unpriced else ""
    within = f"{shown('p95_ms', told['p95_ms'])} ms"
    return [
        ("Calls", f"{total.calls:,}", ""),
        ("Failed or broke off", f"{total.failed:,}", f"({100 * total.errors_share:.1f} %)"),
        ("95 % took at most", within, ""),
        ("Tokens in", f"{total.input_tokens:,}", ""),
        ("Tokens out", f"{total.output_tokens:,}", ""),
        ("Cost", f"${total.cost:,.4f}", unknown),
    ]


def _together(chosen: Picked, rows: list[Used]) -> list[Plot]:
    at = {used.of[chosen.slot]: used for used in rows}

    def over_time(measure: Measure, absent: Any = 0) -> list[Any]:
        return [measure(at[slot]) if slot in at else absent for slot in chosen.slots]

    def latencies(of: Callable[[Used, float], int | None]) -> Series:
        return [(name, over_time(partial(_at, of, share), None)) for name, share in SHARES.items()]

    went: Series = [
        ("went well", over_time(lambda u: u.calls - u.failed)),
        ("failed or broke off", over_time(lambda u: u.failed)),
    ]
    tokens: Series = [
        ("in", over_time(lambda u: u.input_tokens)),
        ("out", over_time(lambda u: u.output_tokens)),
    ]
    shares: Series = [("failed, %", over_time(lambda u: round(100 * u.errors_share, 2), None))]
    labels = [_axis(slot) for slot in chosen.slots]
    return [
        _plot("Calls", "", "bar", labels, went, (COLOURS[2], RED)),
        _plot("Errors", "Percent of the calls that failed or broke off.", "line", labels, shares,
              (RED,)),
        _plot("Latency, ms", _ENDS, "line", labels, latencies(Used.latency)),
        _plot("Time to the first token, ms", _ENDS, "line", labels, latencies(Used.first_token)),
        _plot("Tokens", "", "bar", labels, tokens),
        _plot("Cost, US dollars", "As far as prices are known.", "bar", labels,
              [("cost", over_time(lambda u: float(u.cost)))]),
    ]  # fmt: skip


def _by_group(chosen: Picked, rows: list[Used], names: dict[Any, str]) -> list[Plot]:
    first = list(names)[:MOST_SERIES]
    at = {(used.of[chosen.slot], used.of[chosen.group]): used for used in rows}

    def each(measure: Measure, absent: Any = 0) -> Series:
        return [
            (names[g], [measure(at[s, g]) if (s, g) in at else absent for s in chosen.slots])
            for g in first
        ]

    def added(measure: Measure) -> Series:
        """With what the others have, all together."""
        if len(names) <= MOST_SERIES:
            return each(measure)
        rest = dict.fromkeys(chosen.slots, 0)
        for (slot, group), used in at.items():
            if group not in first and slot in rest:
                rest[slot] += measure(used)
        return [*each(measure), (OTHERS, list(rest.values()))]

    labels = [_axis(slot) for slot in chosen.slots]
    colours = (*COLOURS[: len(first)], GREY)
    busiest = "" if len(names) <= MOST_SERIES else f" Of the {MOST_SERIES} busiest."
    return [
        _plot("Calls", "", "bar", labels, added(lambda u: u.calls), colours),
        _plot("Errors", "Calls that failed or broke off.", "bar", labels,
              added(lambda u: u.failed), colours),
        _plot("Latency that 95 % stay within, ms", _ENDS + busiest, "line", labels,
              each(lambda u: u.latency(SHARES["p95"]), None), colours),
        _plot("Tokens, in and out", "", "bar", labels,
              added(lambda u: u.input_tokens + u.output_tokens), colours),
        _plot("Cost, US dollars", "As far as prices are known.", "bar", labels,
              added(lambda u: float(u.cost)), colours),
    ]  # fmt: skip


def _at(of: Callable[[Used, float], int | None], share: float, used: Used) -> int | None:
    return of(used, share)


_ENDS = "Upper ends of buckets, each about a third above the one before."


def _names(group: str, rows: list[Used]) -> dict[Any, str]:
    values = [used.of[group] for used in rows]
    if group == "key":
        labels = report.key_labels(values)
        return {value: labels[value] for value in values}
    return {value: value or f"no {group}" for value in values}


def _when(slot: date | datetime) -> str:
    return f"{slot:%Y-%m-%d %H:%M}" if isinstance(slot, datetime) else slot.isoformat()


def _axis(slot: date | datetime) -> str:
    """Short, so that many stand beside each other."""
    return f"{slot:%H:%M}" if isinstance(slot, datetime) else f"{slot.day} {slot:%b}"


def _plot(
    title: str,
    note: str,
    kind: str,
    labels: list[str],
    series: Series,
    colours: tuple[str, ...] = COLOURS,
) -> Plot:
    datasets = [
        {
            "label": name,
            "data": values,
            "backgroundColor": colour,
            "borderColor": colour,
            # A line's points show a day between two without calls.
            **({"borderWidth": 2, "pointRadius": 2, "tension": 0} if kind == "line" else {}),
        }
        for (name, values), colour in zip(series, colours, strict=False)
    ]
    stacked = kind == "bar"
    grey = {"color": GREY}
    options = {
        "animation": False,
        "responsive": True,
        "maintainAspectRatio": False,
        "interaction": {"mode": "index", "intersect": False},
        "plugins": {
            "legend": {
                "display": len(series) > 1,
                "position": "bottom",
                "align": "start",
                "labels": {**grey, "boxWidth": 10, "boxHeight": 10},
            }
        },
        "scales": {
            "x": {
                "stacked": stacked,
                "grid": {"display": False},
                "ticks": {**grey, "maxTicksLimit": 8, "maxRotation": 0},
            },
            "y": {
                "stacked": stacked,
                "beginAtZero": True,
                "grid": {},
                "border": {"display": False},
                "ticks": {**grey, "maxTicksLimit": 6},
            },
        },
    }
    data = json.dumps({"labels": labels, "datasets": datasets})
    return Plot(title, note, kind, data, json.dumps(options))
