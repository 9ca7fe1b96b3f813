"""What the page of usage is to show: how far back, by what, and of whom only."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from rest_framework.exceptions import ValidationError

from lakehouse.observing import report, usage
from lakehouse.observing.asking import asked
from providers.suggest import shown, suggestion

HOURS = "24h"
RANGES = {HOURS: "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days", "365d": "a year"}
BY = {
    "": "all together",
    "provider": "by provider",
    "model": "by model",
    "key": "by key",
    "profile": "by profile",
}
PARAMETERS = ("range", "by", "output", *usage.FILTERS)


class Picked(msgspec.Struct, frozen=True):
    """`range` is one of RANGES, `group` one of BY, `only` as usage.of_days takes it."""

    range: str
    group: str
    only: dict[str, Any]

    @property
    def slot(self) -> str:
        return "hour" if self.range == HOURS else "day"

    @property
    def by(self) -> tuple[str, ...]:
        return (self.slot, self.group) if self.group else (self.slot,)

    @property
    def slots(self) -> list[date] | list[datetime]:
        """Every hour or day of the range, the oldest first."""
        now = datetime.now(UTC)
        if self.range == HOURS:
            hour = now.replace(minute=0, second=0, microsecond=0)
            return [hour - timedelta(hours=back) for back in range(23, -1, -1)]
        days = int(self.range.removesuffix("d"))
        return [now.date() - timedelta(days=back) for back in range(days - 1, -1, -1)]

    def used(self, by: tuple[str, ...]) -> usage.Usage:
        """Raises usage.TooMuch."""
        first = self.slots[0]
        if isinstance(first, datetime):
            return usage.of_hours(by, first, self.only)
        return usage.of_days(by, first, datetime.now(UTC).date(), self.only)

    def query(self, **changed: str) -> str:
        """The page's address with some parameters changed, or left out where empty."""
        values = {"range": self.range, "by": self.group, **self.only} | changed
        return "?" + urlencode({name: value for name, value in values.items() if value != ""})

    @property
    def narrowed(self) -> list[tuple[str, str, str]]:
        """What it is narrowed to: parameter, value as a person knows it, address without it."""
        labels = report.key_labels([self.only["key"]] if "key" in self.only else [])
        return [
            (name, labels.get(value) or value or "none", self.query(**{name: ""}))
            for name, value in self.only.items()
        ]


def picked(query: Mapping[str, str]) -> Picked:
    """Raises ValidationError by name of the parameter."""
    for name in query:
        if name not in PARAMETERS:
            near = suggestion(shown(name), list(PARAMETERS))
            raise ValidationError({shown(name): [f"There is no such parameter here. {near}"]})
    chosen, group = query.get("range", "30d"), query.get("by", "")
    for name, value, known in (("range", chosen, RANGES), ("by", group, BY)):
        if value not in known:
            near = suggestion(shown(value), [word for word in known if word])
            raise ValidationError({name: [f'There is no "{shown(value)}". {near}']})
    only = {name: query[name] for name in usage.FILTERS if name in query}
    return Picked(chosen, group, asked(only).only)
