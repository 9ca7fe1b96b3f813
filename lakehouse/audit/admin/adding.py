"""The page that asks for an audit: a diff is uploaded, and a worker audits it."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import ModelAdmin

from lakehouse.audit import seeing, starting
from lakehouse.audit.admin.form import DiffForm
from lakehouse.audit.gathering import CannotGather, of_diff
from lakehouse.audit.models import AuditRun

FIELDS = ("upload", ("provider", "model"), ("profile", "sensitivity"))


class Adding(ModelAdmin):
    """Audits are asked for and deleted; nobody edits one."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, DiffForm(request.user))
        form = DiffForm(request.user, request.POST, request.FILES)
        if form.is_valid() and (run := self._started(request, form)):
            self.log_addition(request, run, "Asked for.")
            text = "A worker audits it now: this page follows it."
            self.message_user(request, text, messages.SUCCESS)
            there = reverse("admin:audit_auditrun_change", args=[run.pk])
            return HttpResponseRedirect(there)
        return self._page(request, form)

    def _started(self, request: HttpRequest, form: DiffForm) -> AuditRun | None:
        """None when it was refused; the form then says why."""
        about = dict(form.cleaned_data)
        file = about.pop("upload")
        try:
            gathered = of_diff(file.read(), file.name)
            asked = seeing.asked_by(request.user, label=about.pop("sensitivity"), **about)
            who = request.user.get_username()
            return starting.start(gathered, asked, who=who, via="admin")
        except CannotGather as error:
            form.add_error("upload", str(error))
        except ValidationError as error:
            form.add_error(None, error)
        return None

    def _page(self, request: HttpRequest, form: DiffForm) -> HttpResponse:
        plain: Any = form  # its types know of forms of models only
        sets: Any = [(None, {"fields": FIELDS})]
        shaped = helpers.AdminForm(plain, sets, {}, (), model_admin=self)
        context = {
            **self.admin_site.each_context(request),
            "title": "Audit a diff",
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
