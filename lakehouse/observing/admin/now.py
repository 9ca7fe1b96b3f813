"""The admin's page "Now", and the part of it that is fetched anew every two seconds."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lakehouse.gateway.admin.timeline import OUTCOME_COLOURS
from lakehouse.gateway.models import Instance
from lakehouse.observing import now
from lakehouse.observing.troubles import troubles

EVERY_SECS = 2


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": "Now",
        "every": EVERY_SECS,
        **_facts(request),
    }
    return render(request, "observing/admin/now.html", context)


@require_safe
def fragment(request: HttpRequest) -> HttpResponse:
    answer = render(request, "observing/admin/now_facts.html", _facts(request))
    answer.headers["cache-control"] = "no-store"
    return answer


def _facts(request: HttpRequest) -> dict[str, Any]:
    """Raises PermissionDenied for those who may not view calls."""
    if not request.user.has_perm("gateway.view_call"):
        raise PermissionDenied
    standings, unheard = now.processes()
    jobs = now.jobs()
    return {
        "at": timezone.now(),
        "troubles": troubles(now.failures(), standings, unheard, jobs),
        "minute": now.minute(),
        "running": now.running_calls(),
        "jobs": jobs,
        "calls": [(row, OUTCOME_COLOURS[row.outcome]) for row in now.newest(standings)],
        "instances": [
            (one, next((s for s in standings if s.instance == one.pk), None))
            for one in Instance.objects.alive()
        ],
    }
