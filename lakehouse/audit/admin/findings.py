"""Findings in the admin: filtered by what people ask, and judged one by one or many at once."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from unfold.decorators import display

from lakehouse.audit import marking, seeing
from lakehouse.audit.admin.filters import (
    GroundingFilter,
    MarkFilter,
    ModelFilter,
    ProviderFilter,
    SeverityFilter,
)
from lakehouse.audit.admin.page import SEVERITY_COLOURS
from lakehouse.audit.models import Finding
from providers.admin.read_only import ReadOnlyAdmin

GROUNDING_COLOURS = {
    "grounded": "success",
    "file not found": "danger",
    "line past the end": "danger",
    "quote not found": "danger",
    "not audited": "warning",
}
# Django would filter by any column of the address, and so tell what is hidden.
_FILTERED_BY = ("run", "run__id", "severity", "grounding", "mark", "provider", "model")
WORDS = {"actionable": "actionable", "not_actionable": "not actionable", "": "not judged"}


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin):
    list_display = (
        *("shown_claim", "shown_severity", "shown_place", "shown_grounding", "shown_mark"),
        "shown_by",
    )
    list_filter = (GroundingFilter, SeverityFilter, MarkFilter, ProviderFilter, ModelFilter)
    list_per_page = 50
    search_fields = ("path", "claim")
    search_help_text = "A part of a path or a claim"
    actions = ("mark_actionable", "mark_not_actionable", "take_mark_back")
    fields = ()
    change_form_template = "audit/admin/finding.html"

    class Media:
        css = {"all": ("profiles/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> Any:
        """Within the gate, so that counts and searches are, too."""
        return seeing.findings(request.user).gravest_first()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("doubt", "gravity", "path", "start", "id")

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup.removesuffix("__exact") in _FILTERED_BY

    # --- the list ---

    @display(description="claim")
    def shown_claim(self, finding: Finding) -> str:
        return finding.claim if len(finding.claim) <= 70 else finding.claim[:69] + "…"

    @display(description="severity", label=SEVERITY_COLOURS, ordering="gravity")
    def shown_severity(self, finding: Finding) -> str:
        return finding.severity

    @display(description="where", ordering="path")
    def shown_place(self, finding: Finding) -> str:
        return finding.place

    @display(description="grounding", label=GROUNDING_COLOURS, ordering="grounding")
    def shown_grounding(self, finding: Finding) -> str:
        return verdict(finding)

    @display(description="judged", empty_value="-")
    def shown_mark(self, finding: Finding) -> str | None:
        return finding.get_mark_display() if finding.mark else None

    @display(description="by", ordering="run__provider")
    def shown_by(self, finding: Finding) -> str:
        return f"{finding.run.provider}/{finding.run.model}"

    # --- judging ---

    def has_mark_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("audit.change_finding"))

    @admin.action(description="Mark actionable", permissions=["mark"])
    def mark_actionable(self, request: HttpRequest, queryset: Any) -> None:
        self._mark(request, queryset, "actionable")

    @admin.action(description="Mark not actionable", permissions=["mark"])
    def mark_not_actionable(self, request: HttpRequest, queryset: Any) -> None:
        self._mark(request, queryset, "not_actionable")

    @admin.action(description="Take marks back", permissions=["mark"])
    def take_mark_back(self, request: HttpRequest, queryset: Any) -> None:
        self._mark(request, queryset, "")

    def _mark(self, request: HttpRequest, queryset: Any, word: str) -> None:
        ids = [finding.pk for finding in queryset]
        count = marking.mark(ids, word, who=request.user.get_username())
        are = "1 finding is" if count == 1 else f"{count} findings are"
        same = len(ids) - count
        others = f" {same} were already, or are no claims." if same else ""
        self.message_user(request, f"{are} now {WORDS[word]}.{others}", messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.mark_view)
        return [path("<int:pk>/mark/", view, name="audit_finding_mark"), *super().get_urls()]

    def mark_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not (self.has_view_permission(request) and self.has_mark_permission(request)):
            raise PermissionDenied
        finding = get_object_or_404(self.get_queryset(request), pk=pk)
        word = request.POST.get("mark", "")
        if word in WORDS:
            self._mark(request, [finding], word)
        return HttpResponseRedirect(reverse("admin:audit_finding_change", args=[pk]))

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: Finding | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        if obj is not None:
            context["title"] = context["original"] = obj.place
            context["seen"] = {
                "finding": obj,
                "colour": SEVERITY_COLOURS[obj.severity],
                "verdict": verdict(obj),
                "verdict_colour": GROUNDING_COLOURS[verdict(obj)],
                "lines": excerpt(obj),
                "marks": self._marks(request, obj),
                "mark_url": reverse("admin:audit_finding_mark", args=[obj.pk]),
            }
        page: HttpResponse = super().render_change_form(request, context, *args, obj=obj, **kwargs)
        return page

    def _marks(self, request: HttpRequest, finding: Finding) -> list[tuple[str, str]]:
        """The buttons: each word with what it says."""
        if finding.kind != Finding.Kind.CLAIM or not self.has_mark_permission(request):
            return []
        words = {"actionable": "Actionable", "not_actionable": "Not actionable", "": "Take it back"}
        return [(word, text) for word, text in words.items() if word != finding.mark]


def verdict(finding: Finding) -> str:
    if finding.kind == Finding.Kind.NOT_AUDITED:
        return str(finding.get_kind_display())
    return str(finding.get_grounding_display())


def excerpt(finding: Finding) -> list[tuple[int, str]]:
    """The lines that it is about, with their numbers."""
    return list(enumerate(finding.excerpt.split("\n"), finding.start)) if finding.excerpt else []
