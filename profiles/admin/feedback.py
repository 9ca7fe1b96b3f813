"""What applications said of their calls, as people see it and nobody edits it.

A note has no label, so that it counts as restricted: only those who may see that see it.
"""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch
from django.http import HttpRequest
from unfold.decorators import display

from profiles.labelled import clearance_of
from profiles.memory.feedback import Feedback
from profiles.memory.playbook import Playbook
from providers.admin.read_only import ReadOnlyAdmin
from providers.endpoint import rank

# Django would filter by any column of the address, and so tell what a hidden note says.
_FILTERED_BY = ("verdict", "key_id", "call_id")


@admin.register(Feedback)
class FeedbackAdmin(ReadOnlyAdmin):
    list_display = ("updated", "shown_verdict", "call_id", "shown_playbooks", "shown_note")
    list_filter = ("verdict",)
    search_fields = ("=call_id",)
    search_help_text = "A call's id: it is the x-request-id of its answer"
    show_full_result_count = False
    fields: tuple[str, ...] = (
        *("verdict", "note", "call_id", "key_id", "shown_playbooks"),
        *("created", "updated"),
    )
    readonly_fields = ("shown_playbooks",)

    def get_queryset(self, request: HttpRequest) -> Any:
        seen = Playbook.objects.up_to(rank(clearance_of(request.user))).only("pk", "title")
        return super().get_queryset(request).prefetch_related(Prefetch("playbooks", seen))

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup.partition("__")[0] in _FILTERED_BY

    def get_list_display(self, request: HttpRequest) -> Any:
        return tuple(n for n in self.list_display if n != "shown_note" or sees_notes(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return tuple(n for n in self.fields if n != "note" or sees_notes(request))

    @display(description="verdict", label={"helpful": "success", "harmful": "danger"})
    def shown_verdict(self, row: Feedback) -> str:
        return row.verdict

    @display(description="playbooks", empty_value="-")
    def shown_playbooks(self, row: Feedback) -> str | None:
        return ", ".join(playbook.title for playbook in row.playbooks.all()) or None

    @display(description="note", empty_value="-")
    def shown_note(self, row: Feedback) -> str | None:
        return (row.note if len(row.note) <= 100 else f"{row.note[:99]}…") or None


def sees_notes(request: HttpRequest) -> bool:
    return rank(clearance_of(request.user)) >= rank("")
