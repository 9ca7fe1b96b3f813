"""Keeps what an activated execution profile names, also when its draft no longer names it.

The foreign keys of the draft keep what the draft names; calls get the activated revision.
"""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.models import F, ProtectedError
from django.db.models.signals import pre_delete

from providers import objections


def register() -> None:
    from profiles.execution.model import ExecutionProfile

    objections.register_uses(in_force)
    for field in _references(ExecutionProfile):
        pre_delete.connect(keep, sender=field.related_model, dispatch_uid=f"activated-{field.name}")


def keep(sender: Any, instance: models.Model, **_: Any) -> None:
    """Raises ProtectedError."""
    if found := set(in_force(instance)):
        raise ProtectedError(f"{instance} is used by {', '.join(sorted(found))}.", found)  # type: ignore[arg-type]  # texts serve as rows


def in_force(row: models.Model) -> Iterator[str]:
    """The activated revisions that name this provider, ladder or companion."""
    from profiles.execution.model import ExecutionProfile

    rows = ExecutionProfile.revisions.rel.related_model._default_manager  # type: ignore[attr-defined]
    activated = rows.filter(pgh_obj__activated_revision=F("revision")).exclude(pgh_label="deleted")
    for field in _references(ExecutionProfile):
        if isinstance(row, field.related_model):
            for saved in activated.filter(**{field.attname: str(row)}):
                yield f"the activated revision {saved.revision} of execution profile {saved.name}"


def _references(model: type[models.Model]) -> list[Any]:
    return [f for f in model._meta.concrete_fields if isinstance(f, models.ForeignKey)]
