"""The admin's list and page of playbooks: each person sees them up to their clearance."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.timesince import timesince
from unfold.decorators import display

from profiles.admin.fields import PlainFields
from profiles.admin.playbook_acting import WORDS, Acting
from profiles.admin.playbook_filters import MatterFilter, ReachFilter, StateFilter
from profiles.admin.playbook_form import PlaybookForm
from profiles.labelled import clearance_of
from profiles.memory import staleness, states, writing
from profiles.memory.embedding import embed
from profiles.memory.playbook import Playbook, State
from profiles.retrieval.document import Document
from providers.endpoint import LABELS, rank

COLOURS = {"active": "success", "pinned": "info", "stale": "warning", "retired": "danger"}
SAYINGS_SHOWN = 10
_EFFECTS = {
    State.DRAFT: "No call gets it yet: a person has to activate it.",
    State.ACTIVE: "Calls on such a matter get it.",
    State.STALE: "Calls get it, and it counts for less: look whether it is still right.",
    State.RETIRED: "No call gets it, whatever is said of it, until a person restores it.",
    State.PINNED: "Calls get it before others that are as near, and no feedback retires it.",
}


@admin.register(Playbook)
class PlaybookAdmin(PlainFields, Acting):
    form = PlaybookForm
    list_display = (
        *("title", "shown_state", "shown_success", "shown_reach", "shown_tags"),
        *("owner", "shown_review"),
    )
    list_filter = (MatterFilter, StateFilter, ReachFilter)
    list_per_page = 50
    search_fields = ("title", "task", "steps", "tags", "owner")
    search_help_text = "Words of it, a tag or an owner"
    fieldsets = (
        (
            None,
            {
                "fields": ("title", "task", "steps"),
                "description": "A procedure that worked. Calls on such a matter get it.",
            },
        ),
        ("What goes with it", {"fields": ("documents", "tags", ("label", "owner"))}),
    )
    warn_unsaved_form = True
    change_form_outer_before_template = "profiles/admin/playbook.html"
    change_form_before_template = "profiles/admin/seen.html"
    change_form_outer_after_template = "profiles/admin/playbook_events.html"

    class Media:
        css = {"all": ("profiles/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> Any:
        """Within the gate, so that pickers, counts and searches are, too."""
        old = ExpressionWrapper(staleness.stale(staleness.oldest_fresh()), BooleanField())
        rows = super().get_queryset(request).up_to(rank(clearance_of(request.user)))
        return rows.with_reach().annotate(old=old).defer("words", "embedding")

    # --- the list ---

    @display(description="state", label=COLOURS, ordering="state")
    def shown_state(self, playbook: Any) -> tuple[str, str]:
        state = str(playbook.state)
        flagged = playbook.old and state in (State.ACTIVE, State.PINNED)
        return ("stale", f"{state}, not reviewed for long") if flagged else (state, state)

    @display(description="feedback", ordering="harmful")
    def shown_success(self, playbook: Playbook) -> str:
        return helped(playbook)

    @display(description="seen by", ordering="reach")
    def shown_reach(self, playbook: Any) -> str:
        return str(LABELS[playbook.reach])

    @display(description="tags", empty_value="-")
    def shown_tags(self, playbook: Playbook) -> str | None:
        return ", ".join(playbook.tags) or None

    @display(description="reviewed", ordering="reviewed")
    def shown_review(self, playbook: Playbook) -> str:
        return f"{timesince(playbook.reviewed, depth=1)} ago"

    # --- the page ---

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, **kwargs)
        return type(form.__name__, (form,), {"clearance": clearance_of(request.user)})

    def get_autocomplete_fields(self, request: HttpRequest) -> Any:
        """Searched as they are typed, where documents can be searched."""
        return ("documents",) if self.admin_site.is_registered(Document) else ()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        limit = rank(clearance_of(request.user))
        if db_field.name == "documents":
            kwargs["queryset"] = Document.objects.up_to(limit).only("pk", "title")
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "label":
            field.choices = [(v, t) for v, t in field.choices if rank(str(v)) <= limit]
        if db_field.name == "documents":
            field.help_text = "What it goes by; they count for more when it is recalled."
        return field

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        page = super().changeform_view
        try:
            answer: HttpResponse = page(request, object_id, form_url, extra_context)
        except writing.SavedMeanwhile:
            # Somebody saved between the form's check and the write: now the check sees it.
            answer = page(request, object_id, form_url, extra_context)
        return answer

    def save_model(self, request: HttpRequest, obj: Playbook, form: Any, change: bool) -> None:
        cited = [document.pk for document in form.cleaned_data["documents"]]
        who = request.user.get_username()
        writing.save(writing.Filled(obj, cited), form.expected, who=who, via="admin")

        def embedded() -> None:
            if note := embed(obj):
                self.message_user(request, note, messages.WARNING)

        transaction.on_commit(embedded)  # no transaction is open while its provider is asked

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The documents were saved with the playbook."""

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: Playbook | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        if obj is not None:
            # As it is stored, not as the form has it: the form may hold what was refused.
            context["panel"] = panel(self.get_queryset(request).get(pk=obj.pk))
            context["notes"] = rank(clearance_of(request.user)) >= rank("")
            if self.has_change_permission(request, obj):
                context["act_url"] = reverse("admin:profiles_playbook_act", args=[obj.pk])
        page: HttpResponse = super().render_change_form(request, context, *args, obj=obj, **kwargs)
        return page


def helped(row: Any) -> str:
    uses = row.helpful + row.harmful
    return f"{row.helpful} of {uses} helped" if uses else "-"


def panel(playbook: Any) -> dict[str, Any]:
    """For `profiles/admin/playbook.html` and `playbook_events.html`."""
    verbs = {verb: WORDS[verb] for verb in WORDS if playbook.state in states.VERBS[verb].before}
    return {
        "playbook": playbook,
        "colour": COLOURS.get(playbook.state, ""),
        "effect": _EFFECTS[State(playbook.state)],
        "helped": helped(playbook),
        "reach": LABELS[playbook.reach],
        "verbs": verbs,
        "events": [(e, COLOURS.get(e.after, ""), helped(e)) for e in playbook.events.all()],
        "sayings": list(playbook.feedback.all()[:SAYINGS_SHOWN]),
    }
