"""The page "Usage": calls, errors, latencies, tokens and cost over time, as plots and a table."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from rest_framework.exceptions import ValidationError
from unfold.widgets import SELECT_CLASSES

from lakehouse.gateway.models import Call
from lakehouse.observing import report, usage
from lakehouse.observing.admin.picked import BY, RANGES, Picked, picked
from lakehouse.observing.admin.plots import figures
from lakehouse.observing.models import Rollup
from providers.admin.read_only import ReadOnlyAdmin

TEMPLATE = "observing/admin/usage.html"


@admin.register(Rollup)
class UsageAdmin(ReadOnlyAdmin):
    """Whoever may see calls may see their sums."""

    class Media:
        css = {"all": ("profiles/admin.css", "observing/usage.css")}

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("gateway.view_call"))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        """A rollup has no page of its own: it is a row of sums."""
        view = self.admin_site.admin_view(self.changelist_view)
        return [path("", view, name="observing_rollup_changelist")]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        query = request.GET.dict()
        try:
            chosen = picked(query)
            if query.get("output") == "csv":
                return _csv(chosen)
            context = self._context(chosen)
        except (ValidationError, usage.TooMuch) as refusal:
            self.message_user(request, _text(refusal), messages.ERROR)
            return HttpResponseRedirect(request.path)
        return TemplateResponse(
            request,
            TEMPLATE,
            {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media}
            | {"title": "Usage", "cl": None, **context, **(extra_context or {})},
        )

    def _context(self, chosen: Picked) -> dict[str, Any]:
        found = figures(chosen)
        return {
            "picked": chosen,
            "ranges": RANGES.items(),
            "groups": BY.items(),
            "figures": found,
            "csv_url": chosen.query(output="csv"),
            "select_classes": " ".join(SELECT_CLASSES),
            "no_calls": found.total.calls == 0 and not Call.objects.exists(),
        }


def _csv(chosen: Picked) -> HttpResponse:
    """Every number that the page draws, one row a time and group."""
    found = chosen.used(chosen.by)
    text = report.as_csv(chosen.by, report.rows(found), report.measures(found.total))
    name = f"usage-{chosen.range}.csv"
    return HttpResponse(
        text,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _text(refusal: Exception) -> str:
    told = refusal.detail if isinstance(refusal, ValidationError) else None
    if isinstance(told, Mapping):
        return " ".join(f"{name}: {' '.join(map(str, said))}" for name, said in told.items())
    return str(refusal)
