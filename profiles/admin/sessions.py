"""Sessions as an operator reads them: whose, how much, and what was said."""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.timesince import timesince
from unfold.decorators import display

from profiles.admin.filters import Question
from profiles.labelled import clearance_of
from profiles.memory import exporting, forgetting
from profiles.memory.messages import document, texts_of
from profiles.memory.session import Session
from providers.admin.read_only import ReadOnlyAdmin
from providers.endpoint import rank

MOST_SHOWN = 50  # turns on a page
LONGEST_NAME = 40  # characters in the list
_LABELS = {
    "public": "success",
    "internal": "info",
    "confidential": "warning",
    "restricted": "danger",
}


class UsedFilter(Question):
    title = "when was it used?"
    parameter_name = "used"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("day", "within a day"), ("week", "within a week"), ("older", "not for a week")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        now = timezone.now()
        match self.value():
            case "day":
                return queryset.filter(last__gte=now - timedelta(days=1))
            case "week":
                return queryset.filter(last__gte=now - timedelta(days=7))
            case "older":
                return queryset.filter(last__lt=now - timedelta(days=7))
        return queryset


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    """Turns above the viewer's clearance do not exist here, nor do sessions of such turns only."""

    list_display = (
        "shown_name",
        "shown_key",
        "shown_turns",
        "shown_tokens",
        "shown_age",
        "shown_first",
    )
    list_filter = (UsedFilter,)
    list_per_page = 50
    search_fields = ("name", "=key_id")
    search_help_text = "A session's name, or the id of its key"
    show_full_result_count = False
    fields = ()
    actions: ClassVar[list[str]] = ["export_selected"]
    change_form_template = "profiles/admin/session.html"

    class Media:
        css = {"all": ("profiles/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> Any:
        return Session.objects.seen(_limit(request))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-last", "-id")

    # --- the list ---

    @display(description="session", ordering="name")
    def shown_name(self, session: Session) -> str:
        return Truncator(session.name).chars(LONGEST_NAME)

    @display(description="API key", ordering="key_id")
    def shown_key(self, session: Session) -> str:
        return key_link(session.key_id)

    @display(description="turns", ordering="turn_count")
    def shown_turns(self, session: Any) -> str:
        return f"{session.turn_count:,}"

    @display(description="tokens", ordering="token_count")
    def shown_tokens(self, session: Any) -> str:
        return f"{session.token_count:,}"

    @display(description="last used", ordering="last")
    def shown_age(self, session: Any) -> str:
        return f"{timesince(session.last, depth=1)} ago"

    @display(description="began (UTC)", ordering="first")
    def shown_first(self, session: Any) -> str:
        return f"{session.first:%Y-%m-%d %H:%M}"

    @admin.action(description="Export as JSON Lines", permissions=["view"])
    def export_selected(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        try:
            return exporting.download(queryset, _limit(request), "sessions")
        except exporting.TooLarge as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return None

    # --- the page ---

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: Any = None,
        **kwargs: Any,
    ) -> HttpResponse:
        if obj is not None:
            context |= transcript(obj, _limit(request), request.GET.get("before", ""))
            context["key"] = key_link(obj.key_id)
        page: HttpResponse = super().render_change_form(request, context, *args, obj=obj, **kwargs)
        return page

    # --- deleting ---

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("profiles.delete_session"))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The sessions with the turns that may be seen; Django's own would count every one."""
        seen = list(self.get_queryset(request).filter(pk__in=[each.pk for each in objs]))
        turns = sum(each.turn_count for each in seen)
        lacking = set() if self.has_delete_permission(request) else {"session"}
        return [each.name for each in seen], {"sessions": len(seen), "turns": turns}, lacking, []

    def delete_model(self, request: HttpRequest, obj: Session) -> None:
        forgetting.delete(Session.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        forgetting.delete(queryset)


def transcript(session: Session, limit: int, before: str) -> dict[str, Any]:
    """The newest turns, or those before a turn's id; and the id before which there are more."""
    turns = session.turns.up_to(limit).order_by("-id")
    if before.isascii() and before.isdigit() and len(before) < 19:
        turns = turns.filter(pk__lt=before)
    found = list(turns[: MOST_SHOWN + 1])
    shown = [
        {
            **(turn := document(row)),
            "colour": _LABELS[turn["label"]],
            "messages": [each | {"texts": texts_of(each["content"])} for each in turn["messages"]],
        }
        for row in reversed(found[:MOST_SHOWN])
    ]
    older = found[MOST_SHOWN - 1].pk if len(found) > MOST_SHOWN else None
    return {"turns": shown, "older": older, "earlier": bool(before)}


def key_link(key_id: int) -> str:
    """Its id, and its page where there is one: whose keys they are, profiles do not know."""
    try:
        page = reverse("admin:gateway_apikey_change", args=[key_id])
    except NoReverseMatch:
        return str(key_id)
    return format_html('<a class="text-link" href="{}">{}</a>', page, key_id)


def _limit(request: HttpRequest) -> int:
    return rank(clearance_of(request.user))
