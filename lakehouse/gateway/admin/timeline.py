"""The tries of a call as bars on one line of time."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from lakehouse.gateway.models import Attempt, Call

OUTCOME_COLOURS = {
    "complete": "success",
    "running": "info",
    "client_closed": "warning",
    "shutdown": "warning",
    "failed": "danger",
    "incomplete": "danger",
    "skipped": "info",
}


class Part(NamedTuple):
    """`left` and `width` in percent of the call, as CSS reads them."""

    kind: str
    left: str
    width: str


class Lane(NamedTuple):
    attempt: Attempt
    colour: str
    outcome: str
    parts: list[Part]
    said: str
    cost: str


def lanes(call: Call, whole_ms: float) -> list[Lane]:
    """Each try of the call, which lasts `whole_ms`; a skipped one is a mark."""
    tries = list(call.attempts.all())
    spans = [(_offset(call, attempt), attempt) for attempt in tries]
    longest = max([whole_ms, 1.0, *(start + (a.total_ms or 0) for start, a in spans)])
    return [
        Lane(
            attempt,
            OUTCOME_COLOURS[attempt.outcome],
            attempt.get_outcome_display(),
            [
                Part(kind, _percent(begin, longest), _percent(end - begin, longest))
                for kind, begin, end in _phases(attempt, start, longest)
            ],
            _said(attempt, start),
            "" if attempt.cost is None else f"${shown_cost(attempt.cost)}",
        )
        for start, attempt in spans
    ]


def shown_ms(value: float | None) -> str:
    """As a person reads it: 0.8 ms, 340 ms, 12.3 s, 3 min 20 s."""
    if value is None:
        return "-"
    if value < 10:
        return f"{value:.1f} ms"
    if value < 1000:
        return f"{value:.0f} ms"
    if value < 100_000:
        return f"{value / 1000:.2f} s" if value < 10_000 else f"{value / 1000:.1f} s"
    minutes, seconds = divmod(round(value / 1000), 60)
    return f"{minutes} min {seconds} s"


def shown_cost(dollars: Decimal) -> str:
    """To a millionth; what is less but not nothing, in full."""
    return f"{dollars:.6f}" if not dollars or dollars >= Decimal("0.000001") else f"{dollars:f}"


def _offset(call: Call, attempt: Attempt) -> float:
    return max((attempt.started_at - call.started_at).total_seconds() * 1000, 0.0)


def _phases(attempt: Attempt, start: float, longest: float) -> Iterator[tuple[str, float, float]]:
    """Kind, begin and end of what a try went through, in the call's own milliseconds."""
    if attempt.outcome == "skipped":
        yield "skipped", start, start
        return
    end = start + attempt.total_ms if attempt.total_ms is not None else longest
    queued = start + min(attempt.queue_ms or 0, end - start)
    if queued > start:
        yield "queue", start, queued
    first = end if attempt.first_token_ms is None else start + attempt.first_token_ms
    first = min(max(first, queued), end)
    broken = OUTCOME_COLOURS[attempt.outcome] == "danger"
    yield "failed" if broken and first == end else "wait", queued, first
    if end > first:
        yield "failed" if broken else "answer", first, end


def _percent(part: float, whole: float) -> str:
    return f"{min(100 * part / whole, 100):.2f}%"


def _said(attempt: Attempt, start: float) -> str:
    if attempt.outcome == "skipped":
        return f"Skipped after {shown_ms(start)}"
    told: list[tuple[str, Any]] = [
        ("in the queue", attempt.queue_ms),
        ("to the first token", attempt.first_token_ms),
        ("in all", attempt.total_ms),
    ]
    times = [f"{shown_ms(value)} {what}" for what, value in told if value is not None]
    return f"Began after {shown_ms(start)}: {', '.join(times) or 'it runs'}"
