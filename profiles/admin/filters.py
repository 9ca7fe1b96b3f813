"""The questions that an operator asks of lists of profiles and activations."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from profiles.activation.model import OPEN, State


class Question(admin.SimpleListFilter):
    template = "profiles/admin/question.html"


class LiveFilter(Question):
    title = "is it live?"
    parameter_name = "traffic"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("live", "yes: calls that name none get it"),
            ("activated", "no, but a call may name it"),
            ("edited", "edited since it was activated"),
            ("never", "never activated"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "live":
                return queryset.live()
            case "activated":
                return queryset.activated().filter(live=False)
            case "edited":
                return queryset.drafted()
            case "never":
                return queryset.never_activated()
        return queryset


class _ValueFilter(Question):
    """One choice for each value that the column `column` has in the table."""

    column: str
    without = "nobody"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = model_admin.model.objects.order_by(self.column)
        values = found.values_list(self.column, flat=True).distinct()
        return [(value or "-", value or self.without) for value in values]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        if chosen is None:
            return queryset
        if chosen == "-":
            return queryset.filter(**self.nothing())
        return queryset.filter(**{self.column: chosen})

    def nothing(self) -> dict[str, Any]:
        return {self.column: ""}


class OwnerFilter(_ValueFilter):
    title = "whose is it?"
    parameter_name = "owner"
    column = "owner"


class ProviderFilter(_ValueFilter):
    title = "who answers?"
    parameter_name = "provider"
    column = "provider_id"
    without = "whoever the call or the ladder names"

    def nothing(self) -> dict[str, Any]:
        return {self.column: None}


class EndFilter(Question):
    title = "how did it end?"
    parameter_name = "end"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        ended = [(state.value, state.label) for state in State if state not in OPEN]
        return [("open", "it has not: pending or running"), *ended]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "open":
            return queryset.open()
        return queryset.filter(state=self.value()) if self.value() else queryset


class MineFilter(Question):
    title = "who asked for it?"
    parameter_name = "asked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("me", "me"), ("others", "others")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        me = request.user.get_username()
        match self.value():
            case "me":
                return queryset.filter(requested_by=me)
            case "others":
                return queryset.exclude(requested_by=me)
        return queryset
