"""What the list of calls can be narrowed to by REST."""

from typing import Any

import django_filters

from lakehouse.gateway import questions
from lakehouse.gateway.models import Call
from lakehouse.gateway.models.call import Outcome
from lakehouse.gateway.questions import Trouble

MOST_KEY = 10**18


class CallFilters(django_filters.FilterSet):  # type: ignore[misc]  # a package without types
    trouble = django_filters.ChoiceFilter(
        choices=Trouble.choices, method="asked", label="As in the admin: how did it go?"
    )
    outcome = django_filters.ChoiceFilter(
        choices=[choice for choice in Outcome.choices if choice[0] != Outcome.SKIPPED]
    )
    api_key = django_filters.NumberFilter(
        field_name="api_key_id",
        decimal_places=0,
        min_value=0,
        max_value=MOST_KEY,
        label="A key's id, also of one that was deleted.",
    )
    status = django_filters.NumberFilter(
        method="ended_with", decimal_places=0, min_value=100, max_value=599
    )
    error_kind = django_filters.CharFilter(method="failed_by")
    fingerprint = django_filters.CharFilter(label="The cluster of failures it was counted in.")
    session = django_filters.CharFilter(label="The session's whole name.")

    class Meta:
        model = Call
        fields = {
            "operation": ["exact"],
            "provider": ["exact"],
            "model": ["exact"],
            "profile": ["exact"],
            "started_at": ["gte", "lt"],
            "total_ms": ["gte"],
        }

    def asked(self, calls: Any, _name: str, value: str) -> Any:
        return questions.in_trouble(calls, value)

    def ended_with(self, calls: Any, _name: str, value: Any) -> Any:
        return questions.with_status(calls, int(value))

    def failed_by(self, calls: Any, _name: str, value: str) -> Any:
        return questions.with_error(calls, value)
