"""Audits in the admin: how often they were right, the list, and a page that follows one."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from unfold.decorators import display

from lakehouse.audit import ending, reporting, seeing
from lakehouse.audit.admin.adding import Adding
from lakehouse.audit.admin.filters import EndedFilter, ModelFilter, ProviderFilter
from lakehouse.audit.admin.page import COLOURS, page_of
from lakehouse.audit.admin.plot import OPTIONS, plot
from lakehouse.audit.models import AuditRun
from lakehouse.audit.rates import rates
from lakehouse.audit.reporting import rate

NOTHING_NEW = 204


@admin.register(AuditRun)
class AuditRunAdmin(Adding):
    list_display = (
        *("shown_what", "shown_state", "shown_progress", "shown_model", "shown_findings"),
        *("shown_grounded", "shown_actionable", "shown_who"),
    )
    list_filter = (EndedFilter, ProviderFilter, ModelFilter, "kind")
    search_fields = ("scope", "revision", "requested_by")
    search_help_text = "A part of what was audited, of a commit, or who asked"
    list_before_template = "audit/admin/rates.html"
    change_form_template = "audit/admin/run.html"
    fields = ()

    class Media:
        css = {"all": ("profiles/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> Any:
        """Within the gate, so that counts and searches are, too."""
        return seeing.runs(request.user)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        found = rates(seeing.limit_of(request.user))
        plots = {"plots": plot(found), "plot_options": OPTIONS}
        page: HttpResponse = super().changelist_view(request, (extra_context or {}) | plots)
        return page

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """An audit's files and findings go with it, and are not asked about one by one."""
        counts = {"audits": len(objs)}
        lacking = set() if self.has_delete_permission(request) else {self.opts.verbose_name}
        return [str(row) for row in objs], counts, lacking, []

    # --- the list ---

    @display(description="audited")
    def shown_what(self, run: AuditRun) -> str:
        return f"{run.kind} {run.scope if len(run.scope) <= 60 else run.scope[:59] + '…'}"

    @display(description="state", label=COLOURS, ordering="state")
    def shown_state(self, run: AuditRun) -> str:
        return run.state

    @display(description="files")
    def shown_progress(self, run: Any) -> str:
        return f"{run.done_count} of {run.file_count}"

    @display(description="by", ordering="provider")
    def shown_model(self, run: AuditRun) -> str:
        return f"{run.provider}/{run.model}"

    @display(description="findings", ordering="claims")
    def shown_findings(self, run: Any) -> str:
        return str(run.claims)

    @display(description="grounded", empty_value="-")
    def shown_grounded(self, run: Any) -> str | None:
        return rate(run.grounded, run.claims) if run.claims else None

    @display(description="actionable of judged", empty_value="-")
    def shown_actionable(self, run: Any) -> str | None:
        return rate(run.actionable, run.marked) if run.marked else None

    @display(description="asked for", ordering="requested_at")
    def shown_who(self, run: AuditRun) -> str:
        return f"{run.requested_at:%Y-%m-%d %H:%M} by {run.requested_by}"

    # --- the page ---

    def get_urls(self) -> list[URLPattern]:
        views = {
            "progress": self.progress_view,
            "report": self.report_view,
            "cancel": self.cancel_view,
            "resume": self.resume_view,
        }
        own = [
            path(
                f"<uuid:pk>/{name}/",
                self.admin_site.admin_view(view),
                name=f"audit_auditrun_{name}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: AuditRun | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        if obj is not None:
            context["title"] = context["original"] = f"Audit of {obj.scope[:80]}"
            context["run"] = page_of(obj, self.may_act(request))
        page: HttpResponse = super().render_change_form(request, context, *args, obj=obj, **kwargs)
        return page

    def progress_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """The page's part that changes; without content when it is as the browser has it."""
        now = page_of(self._seen(request, pk), self.may_act(request))
        if request.GET.get("seen") == now["digest"]:
            return HttpResponse(status=NOTHING_NEW)
        return render(request, "audit/admin/run_part.html", {"run": now})

    def report_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """The report in Markdown, as a file."""
        run = self._seen(request, pk)
        name = reporting.name(run).replace("/", "-")
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return HttpResponse(
            reporting.report(run), content_type="text/markdown; charset=utf-8", headers=headers
        )

    def cancel_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        return self._act(request, pk, ending.cancel)

    def resume_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        return self._act(request, pk, ending.resume)

    def may_act(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("audit.change_auditrun"))

    def _seen(self, request: HttpRequest, pk: Any) -> AuditRun:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found: AuditRun = get_object_or_404(self.get_queryset(request), pk=pk)
        return found

    def _act(self, request: HttpRequest, pk: Any, verb: Any) -> HttpResponse:
        """Does it, and goes back to the page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        run = self._seen(request, pk)
        if not self.may_act(request):
            raise PermissionDenied
        try:
            verb(run, who=request.user.get_username())
        except ending.NotPossible as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:audit_auditrun_change", args=[run.pk]))
