"""The admin's list and page of one kind of profile."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.db.models import F, Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.timesince import timesince
from unfold.decorators import display

from profiles import editing
from profiles.admin.activating import Activating
from profiles.admin.addresses import page_of
from profiles.admin.comparing import Comparing
from profiles.admin.deleting import Deleting
from profiles.admin.fields import PlainFields
from profiles.admin.filters import LiveFilter, OwnerFilter
from profiles.admin.form import ProfileForm
from profiles.admin.panel import label_of, panel
from profiles.base import Profile
from profiles.revisions import acting, diff, read_values

_LABELS = {"live": "success", "activated": "info", "draft": ""}


class ProfileAdmin(PlainFields, Activating, Comparing, Deleting):
    """Subclasses, one a kind, set the fieldsets."""

    form = ProfileForm
    list_display: tuple[str, ...] = ("name", "shown_traffic", "shown_draft", "owner", "shown_age")
    list_filter: tuple[Any, ...] = (LiveFilter, OwnerFilter)
    list_per_page = 50
    search_fields: tuple[str, ...] = ("name", "description", "owner")
    warn_unsaved_form = True
    change_form_outer_before_template = "profiles/admin/standing.html"
    change_form_before_template = "profiles/admin/seen.html"
    change_form_outer_after_template = "profiles/admin/revisions.html"

    class Media:
        css = {"all": ("profiles/admin.css",)}

    # --- the list ---

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the revision that traffic gets of each, in one query for all."""
        kept = self.model.revisions.rel.related_model._default_manager
        activated = kept.filter(revision=F("pgh_obj__activated_revision"))
        activated = activated.exclude(pgh_label="deleted")
        rows = super().get_queryset(request)
        return rows.prefetch_related(Prefetch("revisions", activated, to_attr="in_traffic"))

    @display(description="traffic gets", label=_LABELS, ordering="-activated_revision")
    def shown_traffic(self, profile: Profile) -> tuple[str, str]:
        word, _ = label_of(profile)
        number = profile.activated_revision
        return word, f"{word} @ {number}" if number else "nothing"

    @display(description="not live", label={"edited": "warning"})
    def shown_draft(self, profile: Any) -> tuple[str, str] | str:
        if profile.activated_revision is None or profile.activated_revision == profile.revision:
            return ""
        names = profile.own_fields()
        before = [read_values(row, names) for row in profile.in_traffic]
        count = len(diff(before[0], profile.values)) if before else 0
        return "edited", f"{count} change{'' if count == 1 else 's'} not live"

    @display(description="updated", ordering="updated")
    def shown_age(self, profile: Profile) -> str:
        return f"{timesince(profile.updated, depth=1)} ago"

    # --- the page ---

    def get_readonly_fields(self, request: HttpRequest, obj: Profile | None = None) -> Any:
        return ("name",) if obj else ()

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
        except editing.Stale:
            # Somebody saved between the form's check and the write: now the check sees it.
            answer = page(request, object_id, form_url, extra_context)
        return answer

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: Profile | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        context |= {"show_save_and_continue": False, "show_save_and_add_another": False}
        if obj is not None:
            # As it is stored, not as the form has it: the form may hold what was refused.
            stored = self.model.objects.get(pk=obj.pk)
            context["panel"] = panel(stored)
            if self.has_change_permission(request, obj):
                context["activate_url"] = page_of(stored, "activate")
        page: HttpResponse = super().render_change_form(request, context, *args, obj=obj, **kwargs)
        return page

    def save_model(self, request: HttpRequest, obj: Profile, form: Any, change: bool) -> None:
        with acting(request.user.get_username(), "admin"):
            editing.save(obj, expected=obj.revision if change else None)

    def response_add(
        self, request: HttpRequest, obj: Profile, post_url_continue: Any = None
    ) -> HttpResponse:
        if IS_POPUP_VAR in request.POST:
            closed: HttpResponse = super().response_add(request, obj, post_url_continue)
            return closed
        return self._saved(request, obj)

    def response_change(self, request: HttpRequest, obj: Profile) -> HttpResponse:
        if IS_POPUP_VAR in request.POST:
            closed: HttpResponse = super().response_change(request, obj)
            return closed
        return self._saved(request, obj)

    def _saved(self, request: HttpRequest, profile: Profile) -> HttpResponse:
        """Stays on the page: what comes next, activating, is there."""
        changed = request.POST.get("seen") != str(profile.revision)
        self.message_user(request, told(profile, changed), messages.SUCCESS)
        return HttpResponseRedirect(page_of(profile))


def told(profile: Profile, changed: bool) -> str:
    """What saving did, and what traffic gets after it."""
    number, activated = profile.revision, profile.activated_revision
    saved = (
        f"Saved as revision {number}."
        if changed
        else f"Nothing changed: it is still revision {number}."
    )
    if activated is None:
        return f"{saved} No call gets it yet: activate it to change that."
    if activated == number:
        return f"{saved} It is what traffic gets."
    return f"{saved} Traffic still gets revision {activated}: activate it to change that."
