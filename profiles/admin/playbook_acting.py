"""What is done to playbooks, by the buttons of a page or to many at once.

The log names them by their id, since people of less clearance may come to read it.
"""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
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

from profiles.activation.locking import TryAgain
from profiles.labelled import clearance_of
from profiles.memory import states, writing
from profiles.memory.embedding import embed
from profiles.memory.playbook import Playbook
from providers.endpoint import rank

WORDS = {
    "activate": "Activate: calls get it",
    "review": "It is still right",
    "pin": "Pin: no feedback retires it",
    "unpin": "Unpin",
    "retire": "Retire: calls get it no more",
    "restore": "Restore: counts start anew",
}
# After these calls may get it, so that a vector is worth its price.
_SHOWN_TO_CALLS = ("activate", "restore")
LONGEST_REASON = 1000


def in_bulk(verb: str) -> Callable[..., None]:
    @admin.action(description=WORDS[verb], permissions=["change"])
    def each(model_admin: "Acting", request: HttpRequest, queryset: Any) -> None:
        rows = list(queryset)
        done = model_admin.act(request, verb, rows)
        level = messages.SUCCESS if done == len(rows) else messages.WARNING
        text = f"{done} of {len(rows)} {states.VERBS[verb].done}."
        model_admin.message_user(request, text, level)

    each.__name__ = verb
    return each


class Acting(ModelAdmin):
    actions = tuple(in_bulk(verb) for verb in WORDS)

    def act(self, request: HttpRequest, verb: str, rows: list[Playbook], reason: str = "") -> int:
        """How many it was done to; the others' refusals, and a lacking vector, are said."""
        who, done, note = request.user.get_username(), 0, ""
        limit = rank(clearance_of(request.user))
        for row in rows:
            try:
                moved = states.act(verb, row, who=who, via="admin", reason=reason, limit=limit)
            except (states.NotNow, TryAgain) as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            except Playbook.DoesNotExist:
                self.message_user(request, "It was deleted at the same moment.", messages.ERROR)
            else:
                done += 1
                self.log_change(request, moved, f"{states.VERBS[verb].done} it")
                if verb in _SHOWN_TO_CALLS and not note:  # what failed once would fail again
                    note = embed(moved)
        if note:
            self.message_user(request, note, messages.WARNING)
        return done

    # --- the page's buttons ---

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.act_view)
        return [path("<uuid:pk>/act/", view, name="profiles_playbook_act"), *super().get_urls()]

    def act_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        playbook: Playbook | None = self.get_object(request, str(pk))
        verb = request.POST.get("verb", "")
        if playbook is None or verb not in states.VERBS:
            raise Http404("There is no such playbook, or nothing of this name to do to it.")
        if not self.has_change_permission(request, playbook):
            raise PermissionDenied
        reason = request.POST.get("reason", "").replace("\0", " ").strip()[:LONGEST_REASON]
        if self.act(request, verb, [playbook], reason):
            text = f"It is {states.VERBS[verb].done}."
            self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:profiles_playbook_change", args=[pk]))

    # --- deleting ---

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What the question before deleting shows: not each of its events."""
        rows = list(objs)
        lacking = set() if self.has_delete_permission(request) else {self.opts.verbose_name}
        return [str(row) for row in rows], {"playbooks": len(rows)}, lacking, []

    def delete_model(self, request: HttpRequest, obj: Playbook) -> None:
        writing.delete(obj)

    # --- the log ---

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        return self._log(request, obj, ADDITION, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        return self._log(request, obj, CHANGE, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> list[LogEntry]:
        return [self._log(request, row, DELETION, "") for row in queryset]

    def _log(self, request: HttpRequest, obj: Any, flag: int, message: Any) -> LogEntry:
        return LogEntry.objects.create(
            user_id=request.user.pk or 0,
            content_type=ContentType.objects.get_for_model(Playbook),
            object_id=str(obj.pk),
            object_repr=f"playbook {obj.pk}",
            action_flag=flag,
            change_message=json.dumps(message) if isinstance(message, list) else message,
        )
