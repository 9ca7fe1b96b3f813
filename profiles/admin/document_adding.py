"""The page that adds documents: files are uploaded, and each is told about by its name."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import ModelAdmin

from profiles.admin.document_forms import UploadForm
from profiles.library.adding import add
from profiles.library.uploaded import type_of
from profiles.retrieval.intake import Taken
from providers.suggest import shown

FIELDS = ("uploads", "label", "title", "source", ("dated", "owner"))
OUTCOMES = {
    "new": "taken in. A worker ingests it now.",
    "changed": "taken in, in place of what its source had. A worker ingests it now.",
    "unchanged": "was there already with this content; it is not ingested again.",
}


class Adding(ModelAdmin):
    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        initial = {"owner": request.user.get_username()}
        if request.method != "POST":
            return self._page(request, UploadForm(request.user, initial=initial))
        form = UploadForm(request.user, request.POST, request.FILES, initial=initial)
        if form.is_valid() and (taken := self._take(request, form.cleaned_data)):
            return HttpResponseRedirect(_next(taken))
        return self._page(request, form)

    def _take(self, request: HttpRequest, about: dict[str, Any]) -> list[Taken]:
        """Those that could be taken; every file's fate is told."""
        files = about.pop("uploads")
        taken = []
        for file in files:
            called = shown(file.name)
            own = about | {"file_name": file.name}
            if len(files) > 1 and about["source"]:
                own["source"] = f"{about['source'].rstrip('/')}/{file.name}"
            try:
                made = add(request.user, file.read(), media_type=type_of(file), **own)
            except ValidationError as error:
                text = f"{called}: {' '.join(error.messages)} It was not taken in."
                self.message_user(request, text, messages.ERROR)
                continue
            self.log_addition(request, made.document, f"Uploaded: {made.outcome}.")
            level = messages.INFO if made.outcome == "unchanged" else messages.SUCCESS
            self.message_user(request, f"{called}: {OUTCOMES[made.outcome]}", level)
            taken.append(made)
        return taken

    def _page(self, request: HttpRequest, form: UploadForm) -> HttpResponse:
        plain: Any = form  # its types know of forms of models only
        sets: Any = [(None, {"fields": FIELDS})]
        shaped = helpers.AdminForm(plain, sets, {}, (), model_admin=self)
        context = {
            **self.admin_site.each_context(request),
            "title": "Add documents",
            "adminform": shaped,
            "errors": helpers.AdminErrorList(plain, []),
            "inline_admin_formsets": [],
            "media": self.media + form.media,
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
            "is_popup": False,
        }
        page: HttpResponse = self.render_change_form(request, context, add=True)
        return page


def _next(taken: list[Taken]) -> str:
    """The page of the only one, else the list, newest first."""
    if len(taken) == 1:
        return reverse("admin:profiles_document_change", args=[taken[0].document.pk])
    return reverse("admin:profiles_document_changelist")
