"""The history of activations: the list, and a page that follows one while it runs."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from unfold.decorators import display

from profiles.activation import activate as verb
from profiles.activation.cancel import TooLate, cancel
from profiles.activation.model import Activation
from profiles.admin.addresses import activation_page
from profiles.admin.filters import EndFilter, MineFilter
from profiles.admin.run import run
from profiles.admin.states import COLOURS, took
from providers.admin.read_only import ReadOnlyAdmin

NOTHING_NEW = 204


@admin.register(Activation)
class ActivationAdmin(ReadOnlyAdmin):
    list_display = (
        *("number", "shown_revision", "kind", "shown_state", "shown_asker"),
        *("shown_when", "shown_time", "shown_before"),
    )
    list_filter = (EndFilter, MineFilter, "kind")
    search_fields = ("profile", "requested_by")
    search_help_text = "A profile's name, or who asked"
    show_full_result_count = False
    fields = ()
    change_form_template = "profiles/admin/activation.html"

    class Media:
        css = {"all": ("profiles/admin.css",)}

    # --- the list ---

    @display(description="profile", ordering="profile")
    def shown_revision(self, activation: Activation) -> str:
        return f"{activation.profile}@{activation.revision}"

    @display(description="state", label=COLOURS, ordering="state")
    def shown_state(self, activation: Activation) -> str:
        return activation.state

    @display(description="asked for by", ordering="requested_by")
    def shown_asker(self, activation: Activation) -> str:
        return f"{activation.requested_by} ({activation.requested_via})"

    @display(description="when (UTC)", ordering="requested_at")
    def shown_when(self, activation: Activation) -> str:
        return f"{activation.requested_at:%Y-%m-%d %H:%M:%S}"

    @display(description="took")
    def shown_time(self, activation: Activation) -> str:
        return took(activation)

    @display(description="in place of", empty_value="-")
    def shown_before(self, activation: Activation) -> str | None:
        if not activation.before_profile:
            return None
        return f"{activation.before_profile}@{activation.before_revision}"

    # --- the page ---

    def get_urls(self) -> list[URLPattern]:
        views = {
            "progress": self.progress_view,
            "cancel": self.cancel_view,
            "rollback": self.rollback_view,
        }
        own = [
            path(
                f"<uuid:pk>/{name}/",
                self.admin_site.admin_view(view),
                name=f"profiles_activation_{name}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: Activation | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        if obj is not None:
            # By its number, not with its state, which changes while the page is open.
            context["title"] = context["original"] = f"Activation {obj.number}"
            context["run"] = run(obj, may_change(request, obj))
        page: HttpResponse = super().render_change_form(request, context, *args, obj=obj, **kwargs)
        return page

    def progress_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """The page's part that changes; without content when it is as the browser has it."""
        activation = get_object_or_404(Activation, pk=pk)
        if not self.has_view_permission(request, activation):
            raise PermissionDenied
        now = run(activation, may_change(request, activation))
        if request.GET.get("seen") == now["digest"]:
            return HttpResponse(status=NOTHING_NEW)
        return render(request, "profiles/admin/run.html", {"run": now})

    def cancel_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        return self._act(request, pk, cancel)

    def rollback_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        def back(activation: Activation, *, who: str) -> Activation:
            return verb.roll_back(activation, who=who, via="admin")

        return self._act(request, pk, back)

    def _act(self, request: HttpRequest, pk: Any, act: Callable[..., Activation]) -> HttpResponse:
        """Does it, and goes to the page of the activation that tells about it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        activation = get_object_or_404(Activation, pk=pk)
        if not may_change(request, activation):
            raise PermissionDenied
        try:
            activation = act(activation, who=request.user.get_username())
        except verb.Busy as busy:
            self.message_user(request, str(busy), messages.ERROR)
            activation = busy.activation
        except (TooLate, LookupError, verb.NeverLive, verb.TryAgain) as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        return HttpResponseRedirect(activation_page(activation))


def may_change(request: HttpRequest, activation: Activation) -> bool:
    """Who may edit profiles of a kind may activate them, and so cancel and roll back."""
    return bool(request.user.has_perm(f"profiles.change_{activation.kind}profile"))
