"""The admin's list and page of ladders."""

from typing import Any

from django.contrib import admin, messages
from django.db import IntegrityError
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin
from unfold.decorators import display

from profiles.admin.fields import PlainFields
from profiles.admin.filters import OwnerFilter
from profiles.admin.ladder_form import LadderForm
from profiles.admin.rungs import RungInline
from profiles.editing import Stale, constraint_of
from profiles.execution.guard import in_force
from profiles.execution.model import ExecutionProfile
from profiles.ladder import editing
from profiles.ladder.model import Ladder

_MEANWHILE = {
    "a_rung_names_a_provider": "A provider of this ladder was deleted at the same moment, so "
    "nothing was saved. Choose another for that rung.",
    "one_rung_a_position": "Somebody else changed this ladder at the same moment, so nothing of "
    "yours was saved. Look at it as it is now, and make your change again.",
    "a_rung_may_be_called_unattended": "A provider of this ladder was switched to be called only "
    "by name at the same moment, so nothing was saved. Choose another for that rung.",
}


@admin.register(Ladder)
class LadderAdmin(PlainFields, ModelAdmin):
    list_display = ("name", "shown_rungs", "shown_users", "deadline_secs", "owner", "updated")
    list_filter = (OwnerFilter,)
    search_fields = ("name", "description", "owner", "rungs__provider__name", "rungs__model")
    inlines = (RungInline,)
    form = LadderForm
    change_form_before_template = "profiles/admin/seen.html"
    warn_unsaved_form = True
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "description", "owner", "deadline_secs", "shown_profiles"),
                "description": "What is tried when a try fails, in this order, at most nine. "
                "A change is in force as soon as it is saved.",
            },
        ),
    )

    class Media:
        css = {"all": ("profiles/admin.css",)}
        js = ("profiles/rungs.js",)

    def get_queryset(self, request: HttpRequest) -> Any:
        users = ExecutionProfile.objects.filter(ladder_id=OuterRef("name")).order_by()
        counted = users.values("ladder_id").annotate(n=Count("pk")).values("n")
        rows = super().get_queryset(request).prefetch_related("rungs")
        return rows.annotate(users=Coalesce(Subquery(counted), 0))

    @display(description="rungs")
    def shown_rungs(self, ladder: Ladder) -> str:
        return " → ".join(rung.provider_id for rung in ladder.rungs.all()) or "-"

    @display(description="used by", ordering="users")
    def shown_users(self, ladder: Any) -> str:
        return f"{ladder.users} profile{'' if ladder.users == 1 else 's'}" if ladder.users else "-"

    @display(description="used by")
    def shown_profiles(self, ladder: Ladder) -> str:
        users = ExecutionProfile.objects.filter(ladder_id=ladder.name)
        return ", ".join(users.values_list("name", flat=True)) or "no execution profile"

    def get_readonly_fields(self, request: HttpRequest, obj: Ladder | None = None) -> Any:
        return ("name", "shown_profiles") if obj else ("shown_profiles",)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What the question before deleting shows: with the activated revisions that name one."""
        found = (f"{ladder}: {use}" for ladder in objs for use in in_force(ladder))
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, missing, [*protected, *found]

    def save_model(self, request: HttpRequest, obj: Ladder, form: Any, change: bool) -> None:
        if change:
            editing.lock(obj, obj.updated, no_key=True)
        super().save_model(request, obj, form, change)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        view = super().changeform_view
        try:
            page: HttpResponse = view(request, object_id, form_url, extra_context)
        except Stale:
            # Somebody saved between the form's check and the write: now the check sees it.
            page = view(request, object_id, form_url, extra_context)
        except IntegrityError as error:
            if (text := _MEANWHILE.get(constraint_of(error))) is None:
                raise
            self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(request.path)
        return page
