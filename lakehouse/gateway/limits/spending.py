"""What keys spent this calendar month (UTC), in US dollars, from the ledger and its rollups.

A call whose price is not known counts as nothing.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from lakehouse.gateway.models import ApiKey, Call

# A call that began so long ago has ended: no provider may take longer.
SETTLED = timedelta(hours=1)
_MONEY = models.DecimalField(max_digits=20, decimal_places=10)
_NOTHING = Value(Decimal(0), output_field=_MONEY)


def month_of(moment: datetime) -> datetime:
    """When the moment's month began, UTC."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(month: datetime) -> datetime:
    return month_of(month + timedelta(days=31))


def annotated(
    keys: "QuerySet[ApiKey]", month: datetime | None = None, until: datetime | None = None
) -> "QuerySet[ApiKey]":
    """The keys with `spent`: by calls that began in this month, before `until`; in one query.

    Of rollups only those of calls that are deleted since: one statement sees calls and rollups
    at one moment, so each call counts once.
    """
    month = month or month_of(datetime.now(UTC))
    # By its name: the rollups' app imports this one.
    rollup: Any = apps.get_model("observing", "Rollup")
    days = rollup.objects.filter(
        forgotten=True,
        key_id=OuterRef("pk"),
        day__gte=month.date(),
        day__lt=next_month(month).date(),
    )
    calls = Call.objects.filter(api_key=OuterRef("pk"), started_at__gte=month)
    if until is not None:
        calls = calls.filter(started_at__lt=until)
    found: QuerySet[ApiKey] = keys.annotate(
        spent=_total(days, "key_id") + _total(calls, "api_key"),
    )
    return found


def _total(rows: "QuerySet[Any]", key: str) -> Any:
    """Their cost together, as an expression."""
    # No order: one of the model's own would be one more thing to group by.
    total = rows.order_by().values(key).annotate(total=Sum("cost")).values("total")
    return Coalesce(Subquery(total, output_field=_MONEY), _NOTHING)


class Reading:
    """Reads a month's spending again and again, each time only its unsettled end."""

    def __init__(self) -> None:
        self._month = datetime.min.replace(tzinfo=UTC)
        self._settled_until = self._month
        self._settled: dict[int, Decimal] = {}

    def read(self, keys: Collection[int], now: datetime) -> dict[int, float]:
        """By key, this month. Raises what the database raises."""
        until = max(now - SETTLED, month_of(now))
        if month_of(now) != self._month or not set(keys) <= self._settled.keys():
            self._begin(keys, month_of(now), until)
        ended, open_still = (
            Q(started_at__lt=until),
            Q(started_at__gte=until),
        )
        rows = (
            Call.objects.filter(api_key__in=keys, started_at__gte=self._settled_until)
            .order_by()
            .values_list("api_key")
            .annotate(ended=Sum("cost", filter=ended), open=Sum("cost", filter=open_still))
        )
        spent = {key: self._settled[key] for key in keys}
        for key, settled, unsettled in rows:
            self._settled[key] += settled or 0
            spent[key] = self._settled[key] + (unsettled or 0)
        self._settled_until = until
        return {key: float(amount) for key, amount in spent.items()}

    def _begin(self, keys: Collection[int], month: datetime, until: datetime) -> None:
        found = annotated(ApiKey.objects.filter(pk__in=keys).order_by(), month, until)
        self._settled = dict.fromkeys(keys, Decimal(0)) | dict(found.values_list("pk", F("spent")))
        self._month, self._settled_until = month, until
