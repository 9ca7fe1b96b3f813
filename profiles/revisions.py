"""Revisions: kept by triggers of the database, read and compared here.

Before a row is written, a trigger counts; after it, django-pghistory's copies the row
into the kind's table of revisions with who did it (`acting`). Rows there are never
changed. A name's revisions never repeat, also when a profile is deleted and made anew.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import pghistory
import pgtrigger
from django.db import models

if TYPE_CHECKING:
    from profiles.base import Profile

Model = TypeVar("Model", bound=type[models.Model])
_UNCOUNTED = ("id", "revision", "live", "activated_revision", "created", "updated")


class Change(msgspec.Struct, frozen=True):
    """One field that differs. `before` is None where there was nothing."""

    field: str
    before: Any
    after: Any


class Revision(msgspec.Struct, frozen=True):
    """One saved state. `event` is created, changed or deleted; `who` and `via` may be ""."""

    name: str
    number: int
    event: str
    at: datetime
    who: str
    via: str
    values: dict[str, Any]

    class DoesNotExist(LookupError):
        """Says which revisions there are."""

    def __str__(self) -> str:
        return f"{self.name}@{self.number}"


def tracked(model_name: str) -> Callable[[Model], Model]:
    """Class decorator: the kind's table of revisions, and the triggers that fill it."""

    def wrap(model: Model) -> Model:
        _count_saves(model, model_name)
        decorated: Model = pghistory.track(
            pghistory.InsertEvent("created"),
            pghistory.UpdateEvent("changed", condition=pghistory.AnyChange("revision")),
            pghistory.DeleteEvent("deleted"),
            exclude=["live", "activated_revision", "created", "updated"],
            obj_field=pghistory.ObjForeignKey(related_name="revisions"),
            context_field=pghistory.ContextJSONField(),
            append_only=True,
            model_name=model_name,
            meta={"ordering": ["-pgh_id"]},
        )(model)
        return decorated

    return wrap


def _count_saves(model: type[models.Model], revisions_model: str) -> None:
    columns = [f.column for f in model._meta.concrete_fields if f.name not in _UNCOUNTED]
    new = ", ".join(f'NEW."{c}"' for c in columns)
    old = ", ".join(f'OLD."{c}"' for c in columns)
    table = f"{model._meta.app_label}_{revisions_model.lower()}"
    first = pgtrigger.Trigger(
        name="first_revision",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=(
            f"NEW.revision = 1 + coalesce((SELECT max(revision) FROM {table} "  # noqa: S608 - our own table
            "WHERE name = NEW.name), 0); NEW.live = false; NEW.activated_revision = NULL; "
            "RETURN NEW;"
        ),
    )
    next_one = pgtrigger.Trigger(
        name="next_revision",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func=(
            f"NEW.revision = OLD.revision + (CASE WHEN ROW({new}) IS DISTINCT FROM ROW({old}) "
            "THEN 1 ELSE 0 END); RETURN NEW;"
        ),
    )
    for trigger in (first, next_one):
        pgtrigger.register(trigger)(model)


@contextlib.contextmanager
def acting(who: str, via: str) -> Iterator[None]:
    """Within it, revisions are by `who` (a user, a key's label), `via` admin, rest or command."""
    with pghistory.context(who=who, via=via):
        yield


def history(profile: "Profile", most: int | None = None) -> list[Revision]:
    """Every revision of the profile, or the `most` newest; newest first."""
    return [_read(profile, row) for row in _rows(profile)[:most]]


def of(profile: "Profile", number: int) -> Revision:
    """Raises Revision.DoesNotExist, naming the revisions there are."""
    row = _rows(profile).filter(revision=number).exclude(pgh_label="deleted").first()
    if row is None:
        raise Revision.DoesNotExist(
            f"{profile.name} has no revision {number}. Its revisions: {_numbers(profile)}."
        )
    return _read(profile, row)


def diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """The fields that differ, in the order of `after`."""
    names = [*after, *(name for name in before if name not in after)]
    return [
        Change(name, before.get(name), after.get(name))
        for name in names
        if name not in before or name not in after or before[name] != after[name]
    ]


def _rows(profile: "Profile") -> "models.QuerySet[Any]":
    rows: models.QuerySet[Any] = profile.revisions.order_by("-pgh_id")  # type: ignore[attr-defined]
    return rows


def _numbers(profile: "Profile") -> str:
    found = sorted(set(_rows(profile).values_list("revision", flat=True)))
    return ", ".join(map(str, found[-10:])) or "none"


def _read(profile: "Profile", row: Any) -> Revision:
    context = row.pgh_context or {}
    return Revision(
        name=row.name,
        number=row.revision,
        event=row.pgh_label,
        at=row.pgh_created_at,
        who=str(context.get("who", "")),
        via=str(context.get("via", "")),
        values=read_values(row, profile.own_fields()),
    )


def read_values(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Own fields of a row of revisions as plain values, references as names."""
    return {name: getattr(row, row._meta.get_field(name).attname) for name in names}
