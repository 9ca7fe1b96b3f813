"""What the page of one activation says: how it goes, what it changes, and what can be done."""

import hashlib
from typing import Any

from profiles.activation.model import Activation, State
from profiles.activation.record import steps_of, waiting_for
from profiles.admin import shown
from profiles.admin.addresses import activation_page, page_of
from profiles.admin.states import COLOURS, ICONS, took
from profiles.base import Profile
from profiles.kinds import model_of
from profiles.revisions import Revision, diff


def run(activation: Activation, may_change: bool) -> dict[str, Any]:
    """For `profiles/admin/run.html`. `digest` differs whenever the page would."""
    model = model_of(activation.kind)
    live = model.objects.live().first()
    profile = model.objects.filter(name=activation.profile).first()
    is_live = _names(live) == (activation.profile, activation.revision)
    succeeded = activation.state == State.SUCCEEDED
    waiting = waiting_for(activation)
    told = repr((activation.state, activation.steps, activation.error, waiting, is_live))
    return {
        "activation": activation,
        "colour": COLOURS[activation.state],
        "open": not activation.ended,
        "waiting": waiting,
        "took": took(activation),
        "steps": [(step, ICONS[step.result]) for step in steps_of(activation)],
        "is_live": is_live,
        "succeeded": succeeded,
        "profile_url": page_of(profile) if profile else "",
        "replaced": _replaced(activation, model, live),
        "progress_url": activation_page(activation, "progress"),
        "cancel_url": activation_page(activation, "cancel") if may_change else "",
        "rollback": activation if may_change and succeeded and not is_live else None,
        "undo": _undo(activation) if may_change and is_live else None,
        "digest": hashlib.sha256(told.encode()).hexdigest()[:16],
    }


def _names(profile: Profile | None) -> tuple[str, int | None]:
    return (profile.name, profile.activated_revision) if profile else ("", None)


def _replaced(activation: Activation, model: type[Profile], live: Profile | None) -> dict[str, Any]:
    """What was live before it (while it is open: what is live), and how it differs."""
    name, number = activation.before_profile, activation.before_revision
    if not activation.ended:
        name, number = _names(live)
    after = _at(model, activation.profile, activation.revision)
    before = _at(model, name, number)
    changes = diff(before.values, after.values) if before and after else []
    return {
        "name": f"{name}@{number}" if name else "",
        "headings": [f"Before: {before}", f"After: {after}"],
        "changes": shown.rows(model, changes),
        "gone": bool(name) and not (before and after),
    }


def _at(model: type[Profile], name: str, number: int | None) -> Revision | None:
    """None when there is none, or its profile was deleted since."""
    profile = model.objects.filter(name=name).first()
    if profile is None or number is None:
        return None
    try:
        found: Revision = profile.at(number)
    except Revision.DoesNotExist:
        return None
    return found


def _undo(activation: Activation) -> Activation | None:
    """The earlier activation that made live what this one replaced."""
    if activation.before_revision is None:
        return None
    earlier = Activation.objects.of(activation.kind, activation.before_profile).filter(
        revision=activation.before_revision,
        state=State.SUCCEEDED,
        number__lt=activation.number,
    )
    found: Activation | None = earlier.first()
    return found
