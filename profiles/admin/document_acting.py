"""What is done to documents, one by one or many at once; the log names them by their id."""

import json
from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin

from profiles.admin.document_forms import LabelForm
from profiles.library import changing
from profiles.retrieval.document import Document


def many(count: int) -> str:
    return "1 document" if count == 1 else f"{count} documents"


class Acting(ModelAdmin):
    actions = ("ingest_again", "relabel")

    @admin.action(description="Ingest again", permissions=["change"])
    def ingest_again(self, request: HttpRequest, queryset: Any) -> None:
        rows = changing.ingest_again(request.user, _ids(queryset))
        for row in rows:
            self.log_change(request, row, "Asked to ingest it again.")
        text = f"{many(len(rows))} to be ingested again. Until then calls find what they found."
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(description="Relabel", permissions=["change"])
    def relabel(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Asks to which label first."""
        asked = "relabel" in request.POST
        form = LabelForm(request.user, request.POST if asked else None)
        if asked and form.is_valid():
            label = form.cleaned_data["label"]
            rows = changing.relabel(request.user, _ids(queryset), label)
            for row in rows:
                self.log_change(request, row, "Changed label.")
            name = label or "without a label"
            verb = "is" if len(rows) == 1 else "are"
            text = f"{many(len(rows))} {verb} now {name}: that holds for every later call."
            self.message_user(request, text, messages.SUCCESS)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Relabel documents",
            "opts": self.opts,
            "queryset": queryset,
            "form": form,
            "many": many(len(queryset)),
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "profiles/admin/relabel.html", context)

    # --- the page's button ---

    def get_urls(self) -> list[URLPattern]:
        again = self.admin_site.admin_view(self.again_view)
        own = path("<uuid:pk>/again/", again, name="profiles_document_again")
        return [own, *super().get_urls()]

    def again_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request):
            raise PermissionDenied
        self.ingest_again(request, self.get_queryset(request).filter(pk=pk))
        return HttpResponseRedirect(reverse("admin:profiles_document_change", args=[pk]))

    # --- deleting ---

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What the question before deleting shows: not each of perhaps a thousand chunks."""
        rows = Document.objects.filter(pk__in=_ids(objs))
        chunks = rows.aggregate(n=Sum("chunk_count"))["n"] or 0
        counts = {"documents": len(objs), "chunks": chunks}
        lacking = set() if self.has_delete_permission(request) else {self.opts.verbose_name}
        return [str(row) for row in objs], counts, lacking, []

    def delete_model(self, request: HttpRequest, obj: Document) -> None:
        changing.remove(request.user, [obj.pk])

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        changing.remove(request.user, _ids(queryset))

    # --- the log, which people of less clearance may come to read ---

    def log_addition(self, request: HttpRequest, obj: Document, message: Any) -> LogEntry:
        return self._log(request, obj, ADDITION, message)

    def log_change(self, request: HttpRequest, obj: Document, message: Any) -> LogEntry:
        return self._log(request, obj, CHANGE, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> list[LogEntry]:
        return [self._log(request, row, DELETION, "") for row in queryset]

    def _log(self, request: HttpRequest, obj: Document, flag: int, message: Any) -> LogEntry:
        return LogEntry.objects.create(
            user_id=request.user.pk or 0,
            content_type=ContentType.objects.get_for_model(Document),
            object_id=str(obj.pk),
            object_repr=f"document {obj.pk}",
            action_flag=flag,
            change_message=json.dumps(message) if isinstance(message, list) else message,
        )


def _ids(rows: Iterable[Document]) -> list[Any]:
    return [row.pk for row in rows]
