"""Making, changing and deleting a ladder with its rungs: one way for REST, commands and import.

Raises Django's ValidationError by field, the first rung's being `rungs[0].provider`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from profiles.editing import InUse, Stale, constraint_of, used_by
from profiles.filling import Errors, fill
from profiles.ladder.model import MOST_RUNGS, Ladder, Rung, not_unattended
from providers.models import Provider

FIELDS = ("name", "description", "owner", "deadline_secs")
RUNG_FIELDS = ("provider", "model", "parameters", "on_errors", "on_answers")
UNATTENDED = "a_rung_may_be_called_unattended"
OTHER_WORDS = {
    "deadline": "deadline_secs",
    "timeout": "deadline_secs",
    "errors": "on_errors",
    "answers": "on_answers",
    "steps": "rungs",
}


class Filled(NamedTuple):
    """A checked ladder that is not saved yet. `rungs` None: they stay as they are."""

    ladder: Ladder
    rungs: list[Rung] | None


class StaleLadder(Stale):
    def __init__(self, ladder: Ladder, found: datetime) -> None:
        Exception.__init__(
            self,
            f"{ladder.name} was saved by somebody else at {found.isoformat()}, since you read it. "
            "Read it again, and change that.",
        )


def values_of(ladder: Ladder, rungs: Iterable[Rung] | None = None) -> dict[str, Any]:
    """The ladder as `filled` takes it: rungs in their order, providers as names.

    `rungs` stand in for the stored ones.
    """
    if rungs is None:
        rungs = ladder.rungs.all() if ladder.pk else ()
    rungs = sorted(rungs, key=lambda rung: rung.position)
    return {name: getattr(ladder, name) for name in FIELDS} | {
        "rungs": [{n: _attribute(rung, n) for n in RUNG_FIELDS} for rung in rungs]
    }


def filled(ladder: Ladder, values: Mapping[str, Any]) -> Filled:
    """The ladder with these values, checked whole but not saved.

    `values["rungs"]` is a list of mappings in the order of their tries, provider being a
    name; without it a ladder keeps its rungs. Raises ValidationError by field.
    """
    given = {key: value for key, value in values.items() if key != "rungs"}
    errors = fill(ladder, given, (*FIELDS, "rungs"), other_words=OTHER_WORDS)
    rungs = None
    if "rungs" in values:
        rungs, wrong = _rungs(values["rungs"])
        errors |= wrong
    if errors:
        raise ValidationError(errors)
    return Filled(ladder, rungs)


def save(draft: Filled, expected: datetime | None = None) -> Ladder:
    """Saves ladder and rungs together, `expected` being `updated` as the caller read it.

    Raises Stale when somebody saved it since, Ladder.DoesNotExist when it was deleted,
    and ValidationError when a provider was switched to attended calls at the same moment.
    """
    ladder, rungs = draft
    with transaction.atomic():
        if ladder.pk is not None:
            lock(ladder, expected, no_key=True)
        # Providers before anything is written: who edits one locks in this order too.
        names = [rung.provider_id for rung in rungs or ()]
        list(Provider.objects.filter(name__in=names).order_by("pk").select_for_update(no_key=True))
        ladder.save()
        if rungs is not None:
            ladder.rungs.all().delete()
            for index, rung in enumerate(rungs):
                rung.ladder = ladder
                _insert(index, rung)
    return ladder


def delete(ladder: Ladder, expected: datetime | None = None) -> None:
    """Raises InUse when a profile names it, Stale, and Ladder.DoesNotExist."""
    try:
        with transaction.atomic():
            lock(ladder, expected)
            ladder.delete()
    except ProtectedError as error:
        raise InUse(used_by(ladder.name, error)) from None


def lock(ladder: Ladder, expected: datetime | None, *, no_key: bool = False) -> None:
    """Within a transaction. Raises Stale when it was saved since `expected`, and DoesNotExist."""
    stored = Ladder.objects.select_for_update(no_key=no_key).get(pk=ladder.pk)
    if expected is not None and stored.updated != expected:
        raise StaleLadder(ladder, stored.updated)


def _insert(index: int, rung: Rung) -> None:
    try:
        rung.save(force_insert=True)
    except IntegrityError as error:
        if constraint_of(error) != UNATTENDED:
            raise
        text = not_unattended(str(rung.provider_id))
        raise ValidationError({f"rungs[{index}].provider": [text]}) from None


def _rungs(values: Any) -> tuple[list[Rung], Errors]:
    if not isinstance(values, list | tuple):
        return [], {"rungs": ['rungs is a list of objects, like [{"provider": "echo"}].']}
    if len(values) > MOST_RUNGS:
        text = f"A ladder has at most {MOST_RUNGS} rungs; this one has {len(values)}."
        return [], {"rungs": [text]}
    rungs, errors = [], {}
    for index, given in enumerate(values):
        place = f"rungs[{index}]"
        if not isinstance(given, Mapping):
            errors[place] = ['A rung is an object, like {"provider": "echo"}.']
            continue
        rung = Rung(position=index + 1)
        wrong = fill(
            rung, given, RUNG_FIELDS, other_words=OTHER_WORDS, exclude=("ladder", "position")
        )
        if given.get("provider") in (None, ""):
            wrong["provider"] = ["Name the provider that this rung tries."]
        errors |= {f"{place}.{field}": texts for field, texts in wrong.items()}
        rungs.append(rung)
    return rungs, errors


def _attribute(rung: Rung, name: str) -> Any:
    return rung.provider_id if name == "provider" else getattr(rung, name)
