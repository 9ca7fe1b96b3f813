"""The admin's list and page of documents: each person sees them up to their clearance."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.timesince import timesince
from unfold.decorators import display

from profiles.admin.document_acting import Acting
from profiles.admin.document_adding import Adding
from profiles.admin.document_filters import (
    HelpFilter,
    IngestedFilter,
    LabelFilter,
    SeenOwnerFilter,
    StaleFilter,
)
from profiles.admin.document_forms import label_choices
from profiles.admin.fields import PlainFields
from profiles.library import changing, seeing, staleness
from profiles.retrieval.document import Document

COLOURS = {"ready": "success", "pending": "info", "failed": "danger"}
CHUNKS_SHOWN = 20


@admin.register(Document)
class DocumentAdmin(PlainFields, Acting, Adding):
    list_display = (
        *("title", "shown_state", "shown_label", "shown_date", "owner"),
        *("chunk_count", "shown_help", "shown_age"),
    )
    list_filter = (IngestedFilter, StaleFilter, LabelFilter, HelpFilter, SeenOwnerFilter)
    list_per_page = 50
    search_fields = ("title", "source")
    search_help_text = "A part of its title or source"
    fields = ("title", "label", ("dated", "owner"))
    warn_unsaved_form = True
    change_form_outer_before_template = "profiles/admin/document.html"
    change_form_outer_after_template = "profiles/admin/document_chunks.html"

    class Media:
        css = {"all": ("profiles/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> Any:
        """Within the gate, so that pickers, counts and searches are, too."""
        is_stale = Q(dated__isnull=False, dated__lt=staleness.oldest_fresh())
        rows = seeing.documents(request.user).order_by(*self.get_ordering(request) or ())
        return rows.annotate(stale=ExpressionWrapper(is_stale, BooleanField()))

    def get_ordering(self, request: HttpRequest) -> Any:
        return ("-created", "id")

    # --- the list ---

    @display(description="state", label=COLOURS, ordering="state")
    def shown_state(self, document: Document) -> str:
        return document.state

    @display(description="label", ordering="label")
    def shown_label(self, document: Document) -> str:
        return document.label or "none (restricted)"

    @display(description="dated", ordering="dated", empty_value="-")
    def shown_date(self, document: Any) -> str | None:
        if document.dated is None:
            return None
        return f"{document.dated:%Y-%m-%d}{' (stale)' if document.stale else ''}"

    @display(description="helpful / harmful", ordering="harmful")
    def shown_help(self, document: Document) -> str:
        return f"{document.helpful} / {document.harmful}"

    @display(description="updated", ordering="updated")
    def shown_age(self, document: Document) -> str:
        return f"{timesince(document.updated, depth=1)} ago"

    # --- the page ---

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "label":
            field.choices = label_choices(request.user)
            field.required = "" not in dict(field.choices)
        # What somebody else changed meanwhile is not changed back by whoever left it as it was.
        field.show_hidden_initial = True
        return field

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            page: HttpResponse = super().changeform_view(
                request, object_id, form_url, extra_context
            )
        except Document.DoesNotExist:
            text = "The document was deleted, or labelled above what you may see, meanwhile."
            self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:profiles_document_changelist"))
        return page

    def save_model(self, request: HttpRequest, obj: Document, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in form.changed_data}
        changing.change(request.user, obj.pk, values)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: Document | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        if obj is not None:
            stored = self.get_queryset(request).get(pk=obj.pk)
            context["panel"] = _panel(request.user, stored)
            if self.has_change_permission(request, obj):
                context["again_url"] = reverse("admin:profiles_document_again", args=[obj.pk])
        page: HttpResponse = super().render_change_form(request, context, *args, obj=obj, **kwargs)
        return page


def _panel(user: Any, document: Any) -> dict[str, Any]:
    """As it is stored, for `profiles/admin/document.html`."""
    chunks = document.chunks.order_by("position").select_related("space")
    return {
        "document": document,
        "colour": COLOURS[document.state],
        "playbooks": list(seeing.playbooks(user).filter(documents=document)),
        "chunks": list(chunks.defer("words", "embedding")[:CHUNKS_SHOWN]),
        "more": max(0, document.chunk_count - CHUNKS_SHOWN),
        "days": staleness.days() if document.stale else 0,
    }
