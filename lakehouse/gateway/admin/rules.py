"""The admin's page "Truth rules", read only: they live in files. And the banner over a bad edit."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from lakehouse.gateway import rules_live
from lakehouse.gateway.rule_counts import HOURS, Count, counts

COLOURS = {"Pass": "info", "Redact": "warning", "Reject": "danger", "Block": "danger"}


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Raises PermissionDenied for those who may not view calls."""
    if not request.user.has_perm("gateway.view_call"):
        raise PermissionDenied
    standing, fired = rules_live.shown(), counts()
    context = {
        **admin.site.each_context(request),
        "title": "Truth rules",
        "standing": standing,
        "folder": rules_live.folder(),
        "hours": HOURS,
        "rules": [
            (rule, COLOURS[rule.action_name], fired.get(rule.id, Count()))
            for rule in standing.rules.rules
        ],
    }
    return render(request, "gateway/admin/rules.html", context)


def banner(request: HttpRequest) -> dict[str, object]:
    """On every page of the admin, for whoever is signed in, while the present files are bad."""
    problems = rules_live.shown().problems
    told = getattr(request, "told_of_rules", False)
    if problems and request.user.is_authenticated and request.user.is_staff and not told:
        request.told_of_rules = True  # type: ignore[attr-defined]
        more = f" There are {len(problems)} problems." if len(problems) > 1 else ""
        text = format_html(
            "The truth rules' files are bad, so an older set is in force. {}{} "
            '<a class="underline" href="{}">All of it</a>',
            str(problems[0]),
            more,
            reverse("admin-rules"),
        )
        messages.error(request, text)
    return {}
