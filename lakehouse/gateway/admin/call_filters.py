"""The questions that an operator asks of the list of calls.

Choices come from the tables of keys, providers and profiles: looking for the values that
a million calls have would take longer than the list itself.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter, TextFilter

from lakehouse.gateway.models import ApiKey
from lakehouse.gateway.questions import Trouble, in_trouble
from profiles.admin.filters import Question
from profiles.models import ExecutionProfile
from providers.models import Provider
from providers.validators import is_plain

MOST_CHOICES = 500


class TroubleFilter(Question):
    title = "how did it go?"
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in Trouble.choices]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return in_trouble(queryset, self.value())


class _Exact(admin.SimpleListFilter):
    """Calls whose column `parameter_name` has the value as it is."""

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        if not value:
            return queryset
        if not is_plain(value):
            return queryset.none()
        return queryset.filter(**{str(self.parameter_name): value})


class _Choice(_Exact, DropdownFilter, ABC):
    def has_output(self) -> bool:
        return True

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = list(self.known())
        chosen = request.GET.get(str(self.parameter_name))
        if chosen and is_plain(chosen) and chosen not in {value for value, _ in found}:
            found.append((chosen, f"{chosen} (not there now)"))
        return found

    @abstractmethod
    def known(self) -> Iterable[tuple[str, str]]:
        """Values and their words, as many as a person looks through."""


class KeyFilter(_Choice):
    title = "key"
    parameter_name = "api_key"

    def known(self) -> Iterable[tuple[str, str]]:
        return [(str(key.pk), str(key)) for key in ApiKey.objects.all()[:MOST_CHOICES]]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        if not value:
            return queryset
        if not (value.isascii() and value.isdigit() and len(value) < 19):
            return queryset.none()
        return queryset.filter(api_key_id=int(value))


class ProviderFilter(_Choice):
    title = "provider"
    parameter_name = "provider"

    def known(self) -> Iterable[tuple[str, str]]:
        names = Provider.objects.order_by("name").values_list("name", flat=True)
        return [(name, name) for name in names[:MOST_CHOICES]]


class ProfileFilter(_Choice):
    title = "execution profile"
    parameter_name = "profile"

    def known(self) -> Iterable[tuple[str, str]]:
        names = ExecutionProfile.objects.order_by("name").values_list("name", flat=True)
        return [(name, name) for name in names[:MOST_CHOICES]]


class ModelFilter(_Exact, TextFilter):
    title = "model (its whole name)"
    parameter_name = "model"


class ErrorFilter(_Exact, TextFilter):
    title = "kind of error"
    parameter_name = "error_kind"

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return super().queryset(request, queryset.not_complete() if self.value() else queryset)


class ClusterFilter(_Exact, TextFilter):
    title = "cluster (its fingerprint)"
    parameter_name = "fingerprint"


class SessionFilter(_Exact, TextFilter):
    title = "session (its whole name)"
    parameter_name = "session"
