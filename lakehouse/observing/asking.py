"""What somebody asks of usage, read strictly from query parameters."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from rest_framework.exceptions import ValidationError

from lakehouse.observing.usage import BY, FILTERS
from providers.suggest import shown, suggestion
from providers.validators import is_plain

PARAMETERS = ("from", "to", "by", *FILTERS)
DAYS = 30
MOST_DAYS = 3660
KEY_DIGITS = 18


class Asked(msgspec.Struct, frozen=True):
    """`first` and `last` are days (UTC), both counted; `only` as usage.of_days takes it."""

    by: tuple[str, ...]
    first: date
    last: date
    only: dict[str, Any]


def asked(query: Mapping[str, str]) -> Asked:
    """Raises ValidationError that names the parameter."""
    last = _day(query, "to") or datetime.now(UTC).date()
    first = _day(query, "from") or last - timedelta(days=min(DAYS - 1, (last - date.min).days))
    if first > last:
        raise ValidationError({"from": [f"It is after to ({last}). Swap them."]})
    if (last - first).days >= MOST_DAYS:
        raise ValidationError({"from": [f"At most {MOST_DAYS} days at a time."]})
    only = {name: _value(name, query[name]) for name in FILTERS if name in query}
    return Asked(_groups(query.get("by", "day")), first, last, only)


def _day(query: Mapping[str, str], name: str) -> date | None:
    if name not in query:
        return None
    try:
        return date.fromisoformat(query[name])
    except ValueError:
        text = f'"{shown(query[name])}" is no date. Write it as 2026-01-31.'
        raise ValidationError({name: [text]}) from None


def _groups(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in BY:
            near = suggestion(shown(name), list(BY))
            raise ValidationError({"by": [f'Usage has no "{shown(name)}". {near}']})
    if len(set(names)) < len(names):
        raise ValidationError({"by": ["Name each once."]})
    return names


def _value(name: str, text: str) -> str | int:
    if name == "key":
        if not (text.isascii() and text.isdigit() and len(text) <= KEY_DIGITS):
            raise ValidationError({"key": ["Write a key's id, a number; 0 is for none."]})
        return int(text)
    if not is_plain(text):
        raise ValidationError({name: [f'No {name} is named "{shown(text)}".']})
    return text
