"""The ledger as an operator sees it: what happened to a call, try by try."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from unfold.admin import TabularInline
from unfold.decorators import display

from lakehouse.gateway.admin.promoting import Promoting
from lakehouse.gateway.models import ApiKey, Attempt, Call
from profiles.labelled import clearance_of
from profiles.models import Document, Playbook
from providers.admin.read_only import ReadOnlyAdmin
from providers.endpoint import rank

OUTCOME_COLOURS = {
    "complete": "success",
    "running": "info",
    "client_closed": "warning",
    "shutdown": "warning",
    "failed": "danger",
    "incomplete": "danger",
    "skipped": "info",
}


def links(rows: QuerySet[Any]) -> str:
    """Each row as a link to its page."""
    pairs = (
        (reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_change", args=[row.pk]), row)
        for row in rows
    )
    return format_html_join(", ", '<a href="{}">{}</a>', pairs) or "-"


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
class CallAdmin(Promoting, ReadOnlyAdmin):
    list_display = (
        "started_at",
        "shown_outcome",
        "status",
        "provider",
        "model",
        "shown_key",
        "total_ms",
        "output_tokens",
        "cost",
        "error_kind",
    )
    list_filter = (TroubleFilter, "started_at", "provider", "operation", "stream")
    list_select_related = ("api_key",)
    readonly_fields = ("shown_key", "shown_documents", "shown_playbooks")
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
            {"fields": ("shown_key", "operation", "model_asked", "stream", "dropped")},
        ),
        (
            "What served it",
            {
                "fields": (
                    ("provider", "model"),
                    "revisions",
                    "ladder",
                    "attempts_made",
                    "shown_documents",
                    "shown_playbooks",
                    ("session", "label"),
                )
            },
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

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """What was said is shown to those who may see its label; a call without one has none
        of a document or playbook in it."""
        call = super().get_object(request, object_id, from_field)
        if call is not None:
            call.seen_by = rank(clearance_of(request.user))
            if call.label and rank(call.label) > call.seen_by:
                call.request_body, call.answer_text = None, "(above your clearance)"
        return call

    @display(description="documents")
    def shown_documents(self, call: Any) -> str:
        wanted = [entry["document"] for entry in call.documents]
        return links(Document.objects.filter(pk__in=wanted).up_to(call.seen_by))

    @display(description="playbooks")
    def shown_playbooks(self, call: Any) -> str:
        wanted = [entry["playbook"] for entry in call.playbooks]
        return links(Playbook.objects.filter(pk__in=wanted).up_to(call.seen_by))

    @display(description="API key", ordering="api_key__label")
    def shown_key(self, call: Call) -> str:
        try:
            key = call.api_key
        except ApiKey.DoesNotExist:  # deleted since
            key = None
        if key is None:
            return "-"
        page = reverse("admin:gateway_apikey_change", args=[key.pk])
        return format_html('<a href="{}">{}</a>', page, key)
