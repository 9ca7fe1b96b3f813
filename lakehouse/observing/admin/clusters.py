"""Clusters of failures as an operator sees them: what fails, since when, and who is at it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncHour
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.timesince import timesince
from unfold.decorators import display

from lakehouse.gateway.models import Call
from lakehouse.observing import states
from lakehouse.observing.models import Alert, Cluster
from profiles.admin.filters import Question
from providers.admin.read_only import ReadOnlyAdmin

COLOURS = {"open": "danger", "acknowledged": "warning", "resolved": "success"}
PLOTTED_HOURS = 48
SHOWN_ALERTS = 10
# Each verb with the states in which its button is there, and how that looks.
VERBS: dict[str, tuple[Callable[..., Cluster], tuple[str, ...], str]] = {
    "acknowledge": (states.acknowledge, ("open",), "default"),
    "resolve": (states.resolve, ("open", "acknowledged"), "primary"),
    "reopen": (states.reopen, ("acknowledged", "resolved"), "default"),
}


class StateFilter(Question):
    title = "does it still fail?"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("open", "yes, and nobody is at it"),
            ("acknowledged", "yes, somebody is at it"),
            ("resolved", "no, it is resolved"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(state=self.value()) if self.value() else queryset


class BlameFilter(Question):
    title = "whose doing is it?"
    parameter_name = "doing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("ours", "ours or a provider's"), ("clients", "the clients': it alerts nobody")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "ours":
                return queryset.exclude(fingerprint__contains=":client:")
            case "clients":
                return queryset.filter(fingerprint__contains=":client:")
        return queryset


@admin.register(Cluster)
class ClusterAdmin(ReadOnlyAdmin):
    list_display = (
        *("shown_what", "shown_state", "shown_who", "error_kind", "shown_size"),
        *("shown_last", "shown_first"),
    )
    list_filter = (StateFilter, BlameFilter, "provider", "error_kind", "last_seen")
    search_fields = ("message", "model", "=fingerprint")
    search_help_text = "Words of a message, a model, or a fingerprint"
    fields = ()
    change_form_template = "observing/admin/cluster.html"

    class Media:
        css = {"all": ("profiles/admin.css",)}

    # --- the list ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cluster]:
        return Cluster.objects.open_first()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("place", "-last_seen")

    @display(description="what fails")
    def shown_what(self, cluster: Cluster) -> str:
        text = cluster.message or cluster.error_kind or "no message"
        return text if len(text) <= 90 else text[:89] + "…"

    @display(description="state", label=COLOURS, ordering="place")
    def shown_state(self, cluster: Cluster) -> str:
        return cluster.state

    @display(description="where", ordering="provider")
    def shown_who(self, cluster: Cluster) -> str:
        return cluster.who

    @display(description="calls", ordering="count")
    def shown_size(self, cluster: Cluster) -> str:
        return f"{cluster.count:,}"

    @display(description="last seen", ordering="last_seen")
    def shown_last(self, cluster: Cluster) -> str:
        return ago(cluster.last_seen)

    @display(description="first seen", ordering="first_seen")
    def shown_first(self, cluster: Cluster) -> str:
        return ago(cluster.first_seen)

    # --- the page ---

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:pk>/{name}/",
                self.admin_site.admin_view(self._acting(verb)),
                name=f"observing_cluster_{name}",
            )
            for name, (verb, _, _) in VERBS.items()
        ]
        return [*own, *super().get_urls()]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: Cluster | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        if obj is not None:
            context["title"] = context["original"] = f"{obj.who}: {obj.error_kind or 'failures'}"
            context["seen"] = _page(obj, may_change(request))
        page: HttpResponse = super().render_change_form(request, context, *args, obj=obj, **kwargs)
        return page

    def _acting(self, verb: Callable[..., Cluster]) -> Callable[..., HttpResponse]:
        def act(request: HttpRequest, pk: str) -> HttpResponse:
            """Does it, and goes back to the page."""
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            if not may_change(request):
                raise PermissionDenied
            cluster = get_object_or_404(Cluster, pk=pk)
            try:
                verb(cluster, who=request.user.get_username(), note=request.POST.get("note", ""))
            except states.NotPossible as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            there = reverse("admin:observing_cluster_change", args=[cluster.pk])
            return HttpResponseRedirect(there)

        return act


def may_change(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("observing.change_cluster"))


def ago(moment: Any) -> str:
    """Like "2 min ago", in the largest unit that fits."""
    seconds = (timezone.now() - moment).total_seconds()
    if seconds < 60:
        return f"{max(0, round(seconds))} s ago"
    if seconds < 3600:
        return f"{round(seconds / 60)} min ago"
    return f"{timesince(moment, depth=1)} ago"


def _page(cluster: Cluster, may: bool) -> dict[str, Any]:
    samples = Call.objects.in_bulk(cluster.samples)
    verbs = [
        {
            "name": name,
            "url": reverse(f"admin:observing_cluster_{name}", args=[cluster.pk]),
            "variant": variant,
        }
        for name, (_, there, variant) in VERBS.items()
        if may and cluster.state in there
    ]
    return {
        "cluster": cluster,
        "colour": COLOURS[cluster.state],
        "since": states.since(cluster),
        "last": ago(cluster.last_seen),
        "verbs": verbs,
        "calls": [samples[pk] for pk in cluster.samples if pk in samples],
        "alerts": Alert.objects.filter(fingerprint=cluster.pk)[:SHOWN_ALERTS],
        "plot": _plot(cluster),
        "plotted_hours": PLOTTED_HOURS,
    }


def _plot(cluster: Cluster) -> str:
    """Calls by the hour they began in, for unfold's bar chart: JSON."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    hours = [hour - timedelta(hours=back) for back in reversed(range(PLOTTED_HOURS))]
    rows = (
        Call.objects.filter(fingerprint=cluster.pk, started_at__gte=hours[0])
        .annotate(hour=TruncHour("started_at"))
        .order_by("hour")
        .values_list("hour")
        .annotate(calls=Count("id"))
    )
    found = dict(rows)
    bars = {
        "label": "calls",
        "data": [found.get(each, 0) for each in hours],
        "backgroundColor": "#dc2626",
        "displayYAxis": True,
        "maxTicksXLimit": 12,
    }
    return json.dumps({"labels": [f"{each:%d %b %H:%M}" for each in hours], "datasets": [bars]})
