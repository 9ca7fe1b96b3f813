"""Making, changing and deleting a profile: one way for the admin, REST, commands and import.

Raises Django's ValidationError by field, so that every door says the same.
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction
from django.db.models import ProtectedError
from django.db.models.deletion import Collector
from django.utils import timezone

from profiles.activation.model import Activation
from profiles.base import Profile
from profiles.execution.guard import keep
from profiles.filling import fill
from providers.removal import users

# What people, and the older system's documents, write for a field.
OTHER_WORDS = {
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "system": "system_prompt",
    "prompt": "system_prompt",
    "instructions": "system_prompt",
    "effort": "reasoning_effort",
    "min_output_tokens": "output_floor",
    "fallback": "ladder",
    "model_name": "model",
    "rerank_k": "rerank_top_k",
    "threshold": "score_threshold",
    "gate": "sensitivity_gate",
    "staleness": "doc_staleness_days",
    "doc_staleness": "doc_staleness_days",
    "cooldown": "alert_cooldown_secs",
}


class Stale(Exception):
    """Somebody else saved since the caller looked: nothing was written."""

    def __init__(self, profile: Profile, expected: int, found: int) -> None:
        super().__init__(
            f"{profile.name} is at revision {found} by now, not at {expected}: somebody saved it "
            "since you read it. Read it again, and change that."
        )


class InUse(Exception):
    """It cannot be deleted now; says what holds it and what to do."""


def filled(profile: Profile, values: Mapping[str, Any]) -> Profile:
    """The profile with these values, checked whole but not saved.

    `values` are plain: a reference is a name, or None. Raises ValidationError by field.
    """
    if errors := fill(profile, values, profile.own_fields(), other_words=OTHER_WORDS):
        raise ValidationError(errors)
    return profile


def save(profile: Profile, expected: int | None = None) -> Profile:
    """Saves a checked profile, `expected` being the revision the change was made against.

    Raises Stale when it is at another revision by now, DoesNotExist when it was deleted.
    """
    if profile.pk is None:
        profile.save()
        return profile
    rows = type(profile).objects.filter(pk=profile.pk)
    if expected is not None:
        rows = rows.filter(revision=expected)
    # Own fields only: what an activation moved since the row was read stays moved.
    own = {profile._meta.get_field(n).attname: v for n, v in profile.values.items()}  # type: ignore[union-attr]
    changed = rows.update(**own, updated=timezone.now())
    profile.refresh_from_db()
    if not changed:
        raise Stale(profile, expected or 0, profile.revision)
    return profile


def delete(profile: Profile, expected: int | None = None) -> None:
    """Raises InUse (it is live, being activated, or named by another row), Stale, DoesNotExist."""
    if held := what_holds(profile):
        raise InUse(held)
    try:
        with transaction.atomic():
            found = type(profile).objects.select_for_update().get(pk=profile.pk)
            if expected not in (None, found.revision):
                raise Stale(profile, expected or 0, found.revision)
            found.delete()
    except ProtectedError as error:  # An IntegrityError too, so it comes first.
        raise InUse(used_by(profile.name, error)) from None
    except IntegrityError as error:
        # It went live in between: the database keeps it.
        if constraint_of(error) != "a_live_profile_is_not_deleted":
            raise
        raise InUse(_live(profile)) from None


def what_holds(profile: Profile) -> str:
    """Why it cannot be deleted now, "" when it can."""
    if Activation.objects.of(profile.kind, profile.name).open().exists():
        return f"{profile.name} is being activated. Wait for that to end, or cancel it."
    if type(profile).objects.live().filter(pk=profile.pk).exists():
        return _live(profile)
    try:
        Collector(using=DEFAULT_DB_ALIAS).collect([profile])
        keep(profile)
    except ProtectedError as error:
        return used_by(profile.name, error)
    return ""


def _live(profile: Profile) -> str:
    name, kind = profile.name, profile.kind
    return f"{name} is the live {kind} profile, so calls use it. Activate another first."


def used_by(name: str, error: ProtectedError) -> str:
    """What a person is told of rows that still name it."""
    return f"{name} is used by {users(error)}. Take it out there first."


def constraint_of(error: IntegrityError) -> str:
    """The name of the database's constraint that a write broke, "" when it has none."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""
