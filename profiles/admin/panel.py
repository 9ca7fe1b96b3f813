"""What the page of a profile says besides its form: what traffic gets, and every revision."""

from typing import Any, NamedTuple

from profiles.activation.model import Activation
from profiles.admin import shown
from profiles.admin.addresses import page_of
from profiles.admin.states import COLOURS, took
from profiles.base import Profile
from profiles.revisions import Revision, diff, history

REVISIONS_SHOWN = 20
ACTIVATIONS_SHOWN = 5


class Saved(NamedTuple):
    """A row of the table of revisions; `marks` are what traffic or the form has of it."""

    revision: Revision
    changed: str
    marks: list[tuple[str, str]]
    compare: str
    activatable: bool


def panel(profile: Profile) -> dict[str, Any]:
    """For `profiles/admin/standing.html` and `profiles/admin/revisions.html`."""
    in_traffic, draft = profile.activated_revision, profile.revision
    changes = profile.changes_not_live if in_traffic is not None else []
    newest = list(Activation.objects.of(profile.kind, profile.name)[:ACTIVATIONS_SHOWN])
    live = type(profile).objects.live().first()
    return {
        "label": label_of(profile),
        "summary": summary(profile, live),
        "effect": effect(profile, live),
        "headings": [f"Traffic gets: revision {in_traffic}", f"Draft: revision {draft}"],
        "changes": shown.rows(type(profile), changes),
        "draft": draft,
        "in_traffic": in_traffic,
        "is_live": profile.live and in_traffic == draft,
        "open": next((a for a in newest if not a.ended), None),
        "activations": [(a, COLOURS[a.state], took(a)) for a in newest],
        "revisions": _revisions(profile),
        "more": draft > REVISIONS_SHOWN,
        "compare": page_of(profile, "compare"),
    }


def label_of(profile: Profile) -> tuple[str, str]:
    """What traffic gets, as one word, and the kind of its colour."""
    if profile.live:
        return ("live", "success")
    return ("draft", "") if profile.activated_revision is None else ("activated", "info")


def summary(profile: Profile, live: Profile | None) -> str:
    if profile.activated_revision is None:
        return "No call gets it: it was never activated."
    if lost := profile.lost:
        return f"It is at {lost}"
    gets = f"get revision {profile.activated_revision}"
    if profile.live:
        return f"Calls that name no {profile.kind} profile {gets}."
    others = f"; those that name none get {live.name}" if live else ""
    return f"Calls that name {profile.name} {gets}{others}."


def effect(profile: Profile, live: Profile | None) -> str:
    """What activating it does to what is live."""
    if live is None:
        return f"No {profile.kind} profile is live now."
    if profile.live:
        return f"It takes the place of revision {profile.activated_revision}."
    return f"It takes the place of {live.name}@{live.activated_revision}."


def _revisions(profile: Profile) -> list[Saved]:
    newest = history(profile, most=REVISIONS_SHOWN + 1)
    compare = page_of(profile, "compare")
    found = []
    for at, revision in enumerate(newest[:REVISIONS_SHOWN]):
        before = newest[at + 1] if at + 1 < len(newest) else None
        number = revision.number
        marks = []
        is_live = profile.live and number == profile.activated_revision
        if number == profile.activated_revision:
            marks.append(label_of(profile))
        if number == profile.revision:
            marks.append(("draft", ""))
        names = [
            shown.label_of(type(profile), change.field)
            for change in diff(before.values if before else revision.values, revision.values)
        ]
        changed = ", ".join(names) if before else revision.event
        query = f"{compare}?from={before.number}&to={number}" if before else ""
        found.append(Saved(revision, changed, marks, query, not is_live))
    return found
