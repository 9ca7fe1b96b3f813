"""The questions that an operator asks of a list of providers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from providers import secrets
from providers.models import Provider


class UsableFilter(admin.SimpleListFilter):
    title = "can it be called?"
    parameter_name = "usable"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("yes", "yes: enabled, secret present, last check passed"),
            ("disabled", "no: disabled"),
            ("secret", "no: its secret is missing or refused"),
            ("failed", "no: its last check failed"),
            ("unknown", "never checked"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "yes":
                ready = queryset.enabled().filter(listing__error="")
                return ready.exclude(pk__in=_without_secret())
            case "disabled":
                return queryset.filter(enabled=False)
            case "secret":
                return queryset.filter(pk__in=_without_secret())
            case "failed":
                return queryset.exclude(listing=None).exclude(listing__error="")
            case "unknown":
                return queryset.filter(listing=None)
        return queryset


class DriftFilter(admin.SimpleListFilter):
    title = "was it edited here?"
    parameter_name = "drift"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "yes, against the registry file"), ("no", "no")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "yes":
                return queryset.drifted()
            case "no":
                return queryset.exclude(pk__in=queryset.drifted())
        return queryset


def _without_secret() -> list[int]:
    """Secrets are not in the database, so this looks for each."""
    return [row.pk for row in Provider.objects.all() if not secrets.status(row).usable]
