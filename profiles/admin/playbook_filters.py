"""The questions that people ask of a list of playbooks."""

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from profiles.admin.filters import Question
from profiles.labelled import clearance_of
from profiles.memory import staleness, writing
from profiles.memory.playbook import State
from providers.endpoint import rank

LATELY = timedelta(days=7)
OFTEN = 2  # harmful uses, and as many of them as helpful ones


class MatterFilter(Question):
    title = "what needs a person?"
    parameter_name = "matter"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("draft", "waiting for review: drafts"),
            ("stale", "stale: is it still right?"),
            ("harmful", "often harmful"),
            ("retired", "retired in the last 7 days"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "draft":
                return queryset.filter(state=State.DRAFT)
            case "stale":
                those = staleness.stale(staleness.oldest_fresh())
                return queryset.recalled().filter(those)
            case "harmful":
                return queryset.filter(harmful__gte=OFTEN).filter(harmful__gte=F("helpful"))
            case "retired":
                since = timezone.now() - LATELY
                moved = {"events__after": State.RETIRED, "events__at__gte": since}
                return queryset.filter(state=State.RETIRED, **moved).distinct()
        return queryset


class StateFilter(Question):
    title = "which state?"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, state.label) for state in State]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(state=self.value()) if self.value() else queryset


class ReachFilter(Question):
    title = "who may see it?"
    parameter_name = "reach"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        labels = writing.labels_for(clearance_of(request.user))
        return [(label, f"those cleared to {label}") for label in labels]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(reach=rank(self.value() or "")) if self.value() else queryset
