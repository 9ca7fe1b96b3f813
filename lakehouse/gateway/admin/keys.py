"""API keys as an operator sees them: shown once, revoked, tied to a profile."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.decorators import display

from lakehouse.gateway.limits import spending
from lakehouse.gateway.models import ApiKey

STATE_COLOURS = {"usable": "success", "expired": "warning", "revoked": "danger"}


class StateFilter(admin.SimpleListFilter):
    title = "can it be used?"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("usable", "usable now"), ("ended", "expired or revoked")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "usable":
            return queryset.usable()
        if self.value() == "ended":
            return queryset.exclude(pk__in=queryset.usable().values("pk"))
        return queryset


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    list_display = (
        *("label", "owner", "preview", "shown_state", "clearance"),
        *("shown_profile", "shown_spending", "expires_at"),
    )
    list_filter = (StateFilter, "clearance", "may_manage")
    search_fields = ("label", "owner", "preview")
    readonly_fields = ("preview", "shown_state", "shown_spending", "revoked_at", "created_at")
    actions = ("revoke",)
    fieldsets = (
        (None, {"fields": ("label", "owner", "preview", "shown_state")}),
        (
            "What it may do",
            {
                "fields": ("clearance", "allowed_providers", "profile", "may_manage"),
            },
        ),
        (
            "How much",
            {
                "fields": (
                    ("requests_per_minute", "tokens_per_minute"),
                    ("monthly_budget", "shown_spending"),
                ),
                "description": "Calls whose price is not known count as nothing against the "
                "budget. It can be overshot by what the calls in flight cost.",
            },
        ),
        ("How long", {"fields": ("expires_at", "revoked_at", "created_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return spending.annotated(super().get_queryset(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # A key that may manage may do everything: only who may do that already hands it on.
        granting = () if request.user.is_superuser else ("may_manage",)
        return (*self.readonly_fields, *granting)

    @display(description="state", label=STATE_COLOURS)
    def shown_state(self, key: ApiKey) -> str:
        return key.state if key.pk else "new"

    @display(description="profile", ordering="profile_id")
    def shown_profile(self, key: ApiKey) -> str | None:
        return key.profile_id

    @display(description="spent this month", ordering="spent")
    def shown_spending(self, key: ApiKey) -> str:
        spent = getattr(key, "spent", 0)
        if key.monthly_budget is None:
            return f"${spent:,.2f}"
        return f"${spent:,.2f} of ${key.monthly_budget:,.2f} ({spent / key.monthly_budget:.0%})"

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        token = obj.draw_token()
        super().save_model(request, obj, form, change)
        self.message_user(
            request,
            format_html("The key, shown this once: <code>{}</code>", token),
            messages.WARNING,
        )

    @admin.action(description="Revoke for good", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        asked = queryset.count()
        revoked = queryset.revoke()
        left = f" {asked - revoked} were revoked before." if asked != revoked else ""
        self.message_user(request, f"{revoked} of {asked} keys revoked.{left}", messages.SUCCESS)
        return None
