"""What the page of one call says: who asked for what, what served it, and each try in its time."""

import json
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html

from lakehouse.gateway.admin.timeline import OUTCOME_COLOURS, Lane, lanes, shown_cost, shown_ms
from lakehouse.gateway.models import ApiKey, Call
from profiles.admin.addresses import page_of
from profiles.kinds import Kind, model_of
from profiles.models import Document, Playbook
from providers.endpoint import rank

__all__ = ["OUTCOME_COLOURS", "key_link", "shown_cost", "shown_ms", "told"]


def told(call: Any) -> dict[str, Any]:
    """For `gateway/admin/call.html`. `call.seen_by` is the viewer's clearance, as a rank."""
    ended = call.finished_at is not None
    so_far = (timezone.now() - call.started_at).total_seconds() * 1000
    whole = call.total_ms if call.total_ms is not None else so_far
    tries: list[Lane] = lanes(call, whole)
    return {
        "call": call,
        "colour": OUTCOME_COLOURS[call.outcome],
        "outcome": call.get_outcome_display(),
        "ended": ended,
        "key": key_link(call),
        "tries": tries,
        "times": [
            ("Waited for a slot", shown_ms(call.queue_ms)),
            ("First token after", shown_ms(call.first_token_ms)),
            ("All of it", shown_ms(call.total_ms) if ended else f"{shown_ms(so_far)} so far"),
        ],
        "whole": shown_ms(whole),
        "revisions": _revisions(call.revisions),
        "cost": _cost(call),
        "cluster_url": _page("admin:observing_cluster_change", call.fingerprint),
        "session_url": _calls(session=call.session),
        "documents": _documents(call),
        "playbooks": _playbooks(call),
        "request_body": _pretty(call.request_body),
    }


def key_link(call: Call, *, short: bool = False) -> str:
    """The key with a link to it, `short` by its label; of one that was deleted, its id."""
    try:
        key = call.api_key
    except ApiKey.DoesNotExist:
        key = None
    if key is not None:
        page = reverse("admin:gateway_apikey_change", args=[key.pk])
        return format_html(
            '<a class="text-link" href="{}">{}</a>', page, key.label if short else key
        )
    return f"deleted key {call.api_key_id}" if call.api_key_id else "-"


def _cost(call: Call) -> str:
    if call.cost is not None:
        return f"${shown_cost(call.cost)}"
    return "not known" if call.input_tokens + call.output_tokens else "-"


def _page(name: str, pk: Any) -> str:
    """ "" where there is no such page, or nothing that it would be of."""
    try:
        return reverse(name, args=[pk]) if pk else ""
    except NoReverseMatch:
        return ""


def _calls(**filters: str) -> str:
    """The list of calls that have this in common."""
    query = {name: value for name, value in filters.items() if value}
    return reverse("admin:gateway_call_changelist", query=query) if query else ""


def _revisions(revisions: dict[str, str]) -> list[tuple[str, str, str]]:
    """Kind, name@revision, and the profile's page while there is one."""
    found = []
    for kind, named in revisions.items():
        known = model_of(kind) if kind in Kind.values else None
        name = named.partition("@")[0]
        profile = known.objects.filter(name=name).first() if known else None
        found.append((kind, named, page_of(profile) if profile else ""))
    return found


def _documents(call: Any) -> list[dict[str, Any]]:
    """Those in the prompt that the viewer may know of, by the label then and the one now."""
    entries = [entry for entry in call.documents if rank(entry["label"]) <= call.seen_by]
    wanted = {entry["document"] for entry in entries}
    rows = {str(row.pk): row for row in Document.objects.filter(pk__in=wanted)}
    may = {
        str(pk)
        for pk in Document.objects.up_to(call.seen_by)
        .filter(pk__in=wanted)
        .values_list("pk", flat=True)
    }
    return [
        {
            "title": str(rows[pk]) if pk in rows else "a document that was deleted since",
            "url": _page("admin:profiles_document_change", pk if pk in rows else None),
            **entry,
        }
        for entry in entries
        if (pk := entry["document"]) in may or pk not in rows
    ]


def _playbooks(call: Any) -> list[dict[str, Any]]:
    wanted = [e["playbook"] for e in call.playbooks if rank(e["label"]) <= call.seen_by]
    rows = Playbook.objects.filter(pk__in=wanted).up_to(call.seen_by)
    return [
        {"title": str(row), "url": _page("admin:profiles_playbook_change", row.pk)} for row in rows
    ]


def _pretty(body: Any) -> str:
    return "" if body is None else json.dumps(body, indent=2, ensure_ascii=False)
