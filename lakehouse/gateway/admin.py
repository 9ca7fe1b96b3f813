"""Keys and calls as an operator sees them."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from lakehouse.gateway.models import ApiKey, Attempt, Call

STATE_COLOURS = {"usable": "success", "expired": "warning", "revoked": "danger"}
OUTCOME_COLOURS = {
    "complete": "success",
    "running": "info",
    "client_closed": "warning",
    "shutdown": "warning",
    "failed": "danger",
    "incomplete": "danger",
}


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
        *("shown_profile", "expires_at"),
    )
    list_filter = (StateFilter, "clearance", "may_manage")
    search_fields = ("label", "owner", "preview")
    readonly_fields = ("preview", "shown_state", "revoked_at", "created_at")
    actions = ("revoke",)
    fieldsets = (
        (None, {"fields": ("label", "owner", "preview", "shown_state")}),
        (
            "What it may do",
            {
                "fields": (
                    *("clearance", "allowed_providers", "profile", "requests_per_minute"),
                    "may_manage",
                )
            },
        ),
        ("How long", {"fields": ("expires_at", "revoked_at", "created_at")}),
    )

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


class AttemptInline(TabularInline):
    model = Attempt
    fields = (
        "number",
        "provider",
        "model",
        "outcome",
        "status",
        "first_token_ms",
        "total_ms",
        "input_tokens",
        "output_tokens",
        "error_kind",
        "error_message",
        "upstream_id",
    )
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TroubleFilter(admin.SimpleListFilter):
    title = "how did it go?"
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("failed", "failed or broke off"), ("slow", "took over 10 s"), ("open", "running")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        match self.value():
            case "failed":
                return queryset.filter(outcome__in=["failed", "incomplete", "shutdown"])
            case "slow":
                return queryset.filter(total_ms__gt=10_000)
            case "open":
                return queryset.filter(outcome="running")
        return queryset


@admin.register(Call)
class CallAdmin(ModelAdmin):
    list_display = (
        "started_at",
        "shown_outcome",
        "status",
        "provider",
        "model",
        "api_key",
        "total_ms",
        "output_tokens",
        "cost",
        "error_kind",
    )
    list_filter = (TroubleFilter, "started_at", "provider", "operation", "stream")
    list_select_related = ("api_key",)
    search_fields = ("=id",)
    search_help_text = "A call's id: it is the x-request-id of its answer"
    show_full_result_count = False
    inlines = (AttemptInline,)
    fieldsets = (
        (
            "What happened",
            {"fields": ("outcome", "status", "error_kind", "error_message", "finish_reason")},
        ),
        (
            "Who asked for what",
            {"fields": ("api_key", "operation", "model_asked", "stream", "dropped")},
        ),
        (
            "What served it",
            {"fields": ("provider", "model", "revisions", "ladder", "attempts_made")},
        ),
        (
            "Times",
            {
                "fields": (
                    ("started_at", "finished_at"),
                    ("queue_ms", "first_token_ms", "total_ms"),
                    "instance",
                )
            },
        ),
        (
            "Tokens and cost (US dollars)",
            {
                "fields": (
                    ("input_tokens", "cached_tokens", "cache_write_tokens"),
                    ("output_tokens", "reasoning_tokens", "cost"),
                )
            },
        ),
        (
            "Content (kept only where LAKEHOUSE_STORE_CONTENT says so)",
            {"classes": ("collapse",), "fields": ("request_body", "answer_text")},
        ),
    )

    @display(description="outcome", label=OUTCOME_COLOURS, ordering="outcome")
    def shown_outcome(self, call: Call) -> str:
        return call.outcome

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
