"""Making, changing and deleting a profile: one way for the admin, REST, commands and import.

Raises Django's ValidationError by field, so that every door says the same.
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from profiles.activation.model import Activation
from profiles.base import Profile
from providers.suggest import shown, suggestion
from providers.validators import is_plain

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
    known = profile.own_fields()
    errors: dict[str, list[str]] = {}
    for key, value in values.items():
        if key not in known:
            near = suggestion(shown(key), known, OTHER_WORDS)
            errors[shown(key)] = [f"There is no such field. {near}"]
            continue
        field = profile._meta.get_field(key)
        if isinstance(field, models.ForeignKey):
            if problem := _dangling(field, value):
                errors[key] = [problem]
                continue
            value = value or None
        setattr(profile, field.attname, value)  # type: ignore[union-attr]
    try:
        profile.full_clean(exclude=[name for name in errors if name in known])
    except ValidationError as error:
        errors = error.message_dict | errors
    if errors:
        raise ValidationError(errors)
    return profile


def save(profile: Profile, expected: int | None = None) -> Profile:
    """Saves a checked profile, `expected` being the revision the change was made against.

    Raises Stale, when it is at another revision by now.
    """
    if profile.pk is None or expected is None:
        profile.save()
        return profile
    own = {profile._meta.get_field(n).attname: v for n, v in profile.values.items()}  # type: ignore[union-attr]
    rows = type(profile).objects.filter(pk=profile.pk)
    changed = rows.filter(revision=expected).update(**own, updated=timezone.now())
    profile.refresh_from_db()
    if not changed:
        raise Stale(profile, expected, profile.revision)
    return profile


def delete(profile: Profile) -> None:
    """Raises InUse: it is live, being activated, or named by another row."""
    kind, name = profile.kind, profile.name
    if Activation.objects.of(kind, name).open().exists():
        raise InUse(f"{name} is being activated. Wait for that to end, or cancel it.")
    live = f"{name} is the live {kind} profile, so calls use it. Activate another first."
    if type(profile).objects.live().filter(pk=profile.pk).exists():
        raise InUse(live)
    try:
        with transaction.atomic():
            profile.delete()
    except ProtectedError as error:
        users = sorted(str(row) for row in error.protected_objects)
        raise InUse(
            f"{name} is used by {', '.join(users[:5])}{', …' if len(users) > 5 else ''}. "
            "Take it out there first."
        ) from None
    except IntegrityError as error:
        # It went live in between: the database keeps it.
        if constraint_of(error) != "a_live_profile_is_not_deleted":
            raise
        raise InUse(live) from None


def constraint_of(error: IntegrityError) -> str:
    """The name of the database's constraint that a write broke, "" when it has none."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


def _dangling(field: "models.ForeignKey[Any, Any]", value: Any) -> str:
    """What is wrong with a reference, "" when it is there or empty."""
    if value in (None, ""):
        return ""
    rows = field.related_model._default_manager
    if isinstance(value, str) and is_plain(value) and rows.filter(name=value).exists():
        return ""
    names = list(rows.order_by("name").values_list("name", flat=True))
    what = field.related_model._meta.verbose_name
    return f'There is no {what} "{shown(value)}". {suggestion(shown(value), names)}'
