"""Alerts as an operator sees them: what was told, where, whether it arrived, and why not."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.decorators import display

from lakehouse.observing import sending, wording
from lakehouse.observing.models import Alert, Cluster
from profiles.admin.filters import Question
from providers.admin.read_only import ReadOnlyAdmin

COLOURS = {"waiting": "info", "sent": "success", "failed": "danger"}


class ArrivalFilter(Question):
    title = "did it arrive?"
    parameter_name = "arrival"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("sent", "yes"),
            ("trouble", "not yet: the last try failed"),
            ("failed", "no: given up after a day"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "trouble":
            return queryset.filter(state=Alert.State.WAITING).exclude(problem="")
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("subject", "kind", "channel", "shown_state", "tries", "problem", "created")
    list_filter = (ArrivalFilter, "channel", "kind", "created")
    search_fields = ("subject", "=fingerprint", "=dedupe_key")
    search_help_text = "Words of a subject, a fingerprint, or a dedupe key"
    show_full_result_count = False
    actions = ("resend",)
    change_form_template = "observing/admin/alert.html"
    readonly_fields = ("shown_text", "shown_cluster")
    fieldsets = (
        ("What was told", {"fields": ("shown_text", "kind", "shown_cluster")}),
        (
            "Whether it arrived",
            {
                "fields": (
                    ("channel", "state", "tries"),
                    "problem",
                    ("created", "next_at", "sent_at"),
                    "dedupe_key",
                )
            },
        ),
    )

    class Media:
        css = {"all": ("profiles/admin.css",)}

    @display(description="state", label=COLOURS, ordering="state")
    def shown_state(self, alert: Alert) -> str:
        return alert.state

    @display(description="text")
    def shown_text(self, alert: Alert) -> str:
        return format_html('<div class="lh-value">{}</div>', wording.text(alert))

    @display(description="cluster")
    def shown_cluster(self, alert: Alert) -> str:
        cluster = Cluster.objects.filter(pk=alert.fingerprint).first()
        if cluster is None:
            return "-"
        page = reverse("admin:observing_cluster_change", args=[cluster.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', page, cluster)

    # --- sending again ---

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("observing.change_alert"))

    @admin.action(description="Send again", permissions=["resend"])
    def resend(self, request: HttpRequest, queryset: Any) -> None:
        for alert in queryset:
            sending.send_again(alert)
        told = f"{len(queryset)} will be sent again within seconds, by the worker."
        self.message_user(request, told, messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.resend_view)
        return [
            path("<int:pk>/resend/", view, name="observing_alert_resend"),
            *super().get_urls(),
        ]

    def resend_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_resend_permission(request):
            raise PermissionDenied
        alert = get_object_or_404(Alert, pk=pk)
        self.resend(request, [alert])
        return HttpResponseRedirect(reverse("admin:observing_alert_change", args=[pk]))

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: Alert | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        if obj is not None and self.has_resend_permission(request):
            context["resend_url"] = reverse("admin:observing_alert_resend", args=[obj.pk])
        page: HttpResponse = super().render_change_form(request, context, *args, obj=obj, **kwargs)
        return page
