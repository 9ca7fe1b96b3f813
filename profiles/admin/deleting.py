"""Deleting profiles: refused in the words of `profiles.editing`, also many at once."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.actions import delete_selected
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin

from profiles import editing
from profiles.admin.addresses import page_of
from profiles.base import Profile
from profiles.revisions import acting


class Deleting(ModelAdmin):
    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        listed, counts, lacking, _ = super().get_deleted_objects(objs, request)
        return listed, counts, lacking, []  # what holds a profile is for `editing` to say

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        profile: Profile | None = self.get_object(request, object_id)
        if profile is None or not self.has_delete_permission(request, profile):
            page: HttpResponse = super().delete_view(request, object_id, extra_context)
            return page
        try:
            if held := editing.what_holds(profile):
                raise editing.InUse(held)
            page = super().delete_view(request, object_id, extra_context)
        except editing.InUse as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(page_of(profile))
        return page

    def delete_model(self, request: HttpRequest, obj: Profile) -> None:
        with acting(request.user.get_username(), "admin"):
            editing.delete(obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        if "delete_selected" in actions:
            actions["delete_selected"] = (delete_each, *actions["delete_selected"][1:])
        return actions


def delete_each(model_admin: Deleting, request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """Asks first; then deletes those that nothing holds, and says why not the others."""
    if not request.POST.get("post"):
        asked: HttpResponse | None = delete_selected(model_admin, request, queryset)
        return asked
    deleted, refusals = 0, []
    for profile in queryset:
        try:
            with transaction.atomic():
                model_admin.log_deletions(request, [profile])
                model_admin.delete_model(request, profile)
            deleted += 1
        except editing.InUse as refusal:
            refusals.append(str(refusal))
    for text in refusals:
        model_admin.message_user(request, text, messages.ERROR)
    level = messages.WARNING if refusals else messages.SUCCESS
    model_admin.message_user(request, f"{deleted} of {deleted + len(refusals)} deleted.", level)
    return None
