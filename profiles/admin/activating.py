"""Asking for an activation: the button of a profile's page and the action of the list."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin

from profiles.activation import activate as verb
from profiles.activation.model import Activation
from profiles.admin.addresses import activation_page, page_of
from profiles.base import Profile

LONGEST_NUMBER = 9  # digits


class Activating(ModelAdmin):
    actions: tuple[str, ...] = ("activate",)

    def get_urls(self) -> list[URLPattern]:
        activate = self.admin_site.admin_view(self.activate_view)
        name = f"profiles_{self.opts.model_name}_activate"
        return [path("<int:pk>/activate/", activate, name=name), *super().get_urls()]

    def activate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page's buttons: the draft, or the `revision` of the form."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        profile: Profile | None = self.get_object(request, str(pk))
        if profile is None:
            raise Http404(f"There is no {self.opts.verbose_name} with this id.")
        if not self.has_change_permission(request, profile):
            raise PermissionDenied
        number = request.POST.get("revision", "")
        try:
            activation = self._ask(request, profile, _number(number) if number else None)
        except verb.Busy as busy:
            self.message_user(request, str(busy), messages.ERROR)
            activation = busy.activation
        except (LookupError, verb.TryAgain) as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(page_of(profile))
        return HttpResponseRedirect(activation_page(activation))

    @admin.action(description="Activate the draft", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        asked: list[Activation] = []
        for profile in queryset:
            try:
                asked.append(self._ask(request, profile, None))
            except (verb.Busy, LookupError, verb.TryAgain) as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
        if not asked:
            return None
        if len(asked) == 1:
            return HttpResponseRedirect(activation_page(asked[0]))
        last = f"{asked[-1].profile}@{asked[-1].revision}"
        text = (
            f"{len(asked)} activations asked for. One profile of a kind is live: {last}, the last."
        )
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:profiles_activation_changelist"))

    def _ask(self, request: HttpRequest, profile: Profile, revision: int | None) -> Activation:
        who = request.user.get_username()
        activation = verb.request(
            profile.kind, profile.name, who=who, via="admin", revision=revision
        )
        text = f"asked for activation {activation.number} of revision {activation.revision}"
        self.log_change(request, profile, text)
        return activation


def _number(text: str) -> int:
    """0, which no revision has, where it is no number."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else 0
