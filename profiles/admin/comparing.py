"""The page that compares any two revisions of a profile."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin
from unfold.widgets import SELECT_CLASSES

from profiles.admin import shown
from profiles.admin.addresses import page_of
from profiles.base import Profile
from profiles.revisions import Revision, diff

LONGEST_NUMBER = 9  # digits


class Comparing(ModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        compare = self.admin_site.admin_view(self.compare_view)
        name = f"profiles_{self.opts.model_name}_compare"
        return [path("<int:pk>/compare/", compare, name=name), *super().get_urls()]

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """`?from=` and `?to=` are numbers; left out, what traffic gets and the draft."""
        profile: Profile | None = self.get_object(request, str(pk))
        if profile is None:
            raise Http404(f"There is no {self.opts.verbose_name} with this id.")
        if not self.has_view_permission(request, profile):
            raise PermissionDenied
        first = profile.activated_revision or max(profile.revision - 1, 1)
        try:
            before = profile.at(_number(request.GET.get("from"), first))
            after = profile.at(_number(request.GET.get("to"), profile.revision))
        except Revision.DoesNotExist as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(page_of(profile))
        return TemplateResponse(
            request,
            "profiles/admin/compare.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "original": profile,
                "title": f"Compare revisions of {profile.name}",
                "back": page_of(profile),
                "before": before,
                "after": after,
                "numbers": self._numbers(profile),
                "changes": shown.rows(self.model, diff(before.values, after.values)),
                "headings": [f"Revision {before.number}", f"Revision {after.number}"],
                "select_classes": " ".join(SELECT_CLASSES),
                "activate_url": self._may_activate(request, profile, after),
            },
        )

    def _numbers(self, profile: Any) -> list[tuple[int, str]]:
        """Every revision's number with what it is, newest first."""
        marks = {profile.revision: " (draft)"}
        if profile.activated_revision is not None:
            place = "live" if profile.live else "activated"
            draft = marks.get(profile.activated_revision, "")
            marks[profile.activated_revision] = f" ({place}){draft}"
        rows = profile.revisions.exclude(pgh_label="deleted").order_by("-pgh_id")
        return [(n, f"{n}{marks.get(n, '')}") for n in rows.values_list("revision", flat=True)]

    def _may_activate(self, request: HttpRequest, profile: Profile, after: Revision) -> str:
        """Where to ask for it, "" when it is live or this person may not."""
        is_live = profile.live and profile.activated_revision == after.number
        if is_live or not self.has_change_permission(request, profile):
            return ""
        return page_of(profile, "activate")


def _number(text: str | None, otherwise: int) -> int:
    if not text:
        return otherwise
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else 0
