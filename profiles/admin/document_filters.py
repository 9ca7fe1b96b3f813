"""The questions that an operator asks of the list of documents."""

from typing import Any

from django.db.models import F
from django.http import HttpRequest

from profiles.admin.filters import OwnerFilter, Question
from profiles.library import seeing, staleness
from profiles.retrieval.document import Document


class IngestedFilter(Question):
    title = "is it ingested?"
    parameter_name = "ingested"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (Document.State.READY, "yes: calls find it"),
            (Document.State.PENDING, "not yet: it waits for a worker"),
            (Document.State.FAILED, "no: it failed"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(state=self.value()) if self.value() else queryset


class StaleFilter(Question):
    title = "is it stale?"
    parameter_name = "stale"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        days = staleness.days()
        return [
            ("yes", f"yes: dated more than {days} day{'' if days == 1 else 's'} ago"),
            ("no", "no"),
            ("undated", "nobody knows: it has no date"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "yes":
                return queryset.filter(stale=True)
            case "no":
                return queryset.filter(stale=False, dated__isnull=False)
            case "undated":
                return queryset.filter(dated=None)
        return queryset


class LabelFilter(Question):
    title = "how sensitive is it?"
    parameter_name = "label"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        labels = seeing.labels_of(request.user)
        without = [("-", "nobody said: it has no label")] if "" in labels else []
        return [*without, *((label, label) for label in labels if label)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        if chosen is None:
            return queryset
        return queryset.filter(label="" if chosen == "-" else chosen)


class HelpFilter(Question):
    title = "does it help?"
    parameter_name = "help"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("harmful", "more harmful than helpful"),
            ("helpful", "more helpful than harmful"),
            ("unjudged", "nobody said"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "harmful":
                return queryset.filter(harmful__gt=F("helpful"))
            case "helpful":
                return queryset.filter(helpful__gt=F("harmful"))
            case "unjudged":
                return queryset.filter(helpful=0, harmful=0)
        return queryset


class SeenOwnerFilter(OwnerFilter):
    """Owners of hidden documents are no choice."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = seeing.documents(request.user).order_by("owner")
        owners = rows.values_list("owner", flat=True).distinct()
        return [(owner or "-", owner or self.without) for owner in owners]
