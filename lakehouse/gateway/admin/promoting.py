"""The button on a call's page that makes a draft playbook of it."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import NoReverseMatch, URLPattern, path, reverse
from unfold.admin import ModelAdmin

from lakehouse.gateway.knowledge.promotion import Refused, promote
from lakehouse.gateway.models import Call
from profiles.labelled import clearance_of
from providers.endpoint import rank


class Promoting(ModelAdmin):
    change_form_outer_before_template = "gateway/admin/promote.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.promote_view)
        return [path("<uuid:pk>/promote/", view, name="gateway_call_promote"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        page = ""
        if request.user.has_perm("profiles.add_playbook"):
            with suppress(NoReverseMatch):  # of what is no id there is no page either
                page = reverse("admin:gateway_call_promote", args=[object_id])
        context = (extra_context or {}) | {"promote_url": page}
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    def promote_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        call: Call | None = self.get_object(request, str(pk))
        if call is None:
            raise Http404("There is no such call.")
        user: Any = request.user
        if not (self.has_view_permission(request) and user.has_perm("profiles.add_playbook")):
            raise PermissionDenied
        fresh = Call.objects.get(pk=pk)  # with its words, whatever of them the page may show
        try:
            made = promote(fresh, rank(clearance_of(user)), who=user.get_username(), via="admin")
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:gateway_call_change", args=[pk]))
        text = "This draft is made of the call. Read it, correct it, activate it."
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:profiles_playbook_change", args=[made.pk]))
