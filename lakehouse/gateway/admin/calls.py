"""The ledger as an operator sees it: the list of calls, and what happened to one, try by try."""

import uuid
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from lakehouse.gateway.admin import call_filters as by
from lakehouse.gateway.admin.call_page import OUTCOME_COLOURS, key_link, shown_cost, shown_ms, told
from lakehouse.gateway.admin.pages import NewestList, NewestPages
from lakehouse.gateway.admin.promoting import Promoting
from lakehouse.gateway.models import Call
from profiles.labelled import clearance_of
from providers.admin.read_only import ReadOnlyAdmin
from providers.endpoint import rank


@admin.register(Call)
class CallAdmin(Promoting, ReadOnlyAdmin):
    list_display = (
        *("shown_start", "shown_outcome", "status", "shown_server", "profile", "shown_key"),
        *("shown_time", "shown_tokens", "shown_cost", "error_kind"),
    )
    list_filter = (
        *(by.TroubleFilter, "started_at", by.KeyFilter, by.ProviderFilter, by.ProfileFilter),
        *(by.ModelFilter, by.ErrorFilter, by.ClusterFilter, by.SessionFilter),
    )
    list_filter_submit = True
    show_facets = admin.ShowFacets.NEVER  # each would count all calls
    list_per_page = 50
    list_select_related = False
    paginator = NewestPages
    # An order that no index has would sort every call.
    sortable_by = ("shown_start",)
    search_fields = ("id",)
    search_help_text = "A call's id: it is the x-request-id of its answer"
    show_full_result_count = False
    fields = ()
    change_form_template = "gateway/admin/call.html"

    class Media:
        css = {"all": ("profiles/admin.css", "gateway/call.css")}

    # --- the list ---

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[NewestList]:
        return NewestList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Call]:
        heavy = ("request_body", "answer_text", "documents", "playbooks", "revisions", "dropped")
        calls: QuerySet[Call] = super().get_queryset(request)
        # The keys are not joined: a filter by one would lose the calls of a deleted one.
        return calls.defer(*heavy).prefetch_related("api_key")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Call], search_term: str
    ) -> tuple[QuerySet[Call], bool]:
        """By the key of the table: Django would compare ids as texts, each one of them."""
        if not search_term:
            return queryset, False
        try:
            return queryset.filter(pk=uuid.UUID(search_term.strip())), False
        except ValueError:
            return queryset.none(), False

    @display(description="began (UTC)", ordering="started_at")
    def shown_start(self, call: Call) -> str:
        return f"{call.started_at:%Y-%m-%d %H:%M:%S}"

    @display(description="outcome", label=OUTCOME_COLOURS)
    def shown_outcome(self, call: Call) -> str:
        return call.outcome

    @display(description="served by", empty_value="nobody")
    def shown_server(self, call: Call) -> str | None:
        return f"{call.provider} / {call.model}" if call.provider else None

    @display(description="API key")
    def shown_key(self, call: Call) -> str:
        return key_link(call, short=True)

    @display(description="took")
    def shown_time(self, call: Call) -> str:
        return shown_ms(call.total_ms).replace(" ", "\u00a0")

    @display(description="tokens out")
    def shown_tokens(self, call: Call) -> int:
        return call.output_tokens

    @display(description="cost, $", empty_value="-")
    def shown_cost(self, call: Call) -> str | None:
        return None if call.cost is None else shown_cost(call.cost)

    # --- the page ---

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """What was said is shown to those who may see its label; a call without one has none
        of a document or playbook in it."""
        call = super().get_object(request, object_id, from_field)
        if call is not None:
            call.seen_by = rank(clearance_of(request.user))
            if call.label and rank(call.label) > call.seen_by:
                call.request_body, call.answer_text = None, "(above your clearance)"
        return call

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: Any = None,
        **kwargs: Any,
    ) -> HttpResponse:
        if obj is not None:
            context["title"] = f"Call {obj.pk}"
            context["told"] = told(obj)
        page: HttpResponse = super().render_change_form(request, context, *args, obj=obj, **kwargs)
        return page
