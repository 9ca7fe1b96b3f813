"""What lists of profiles can be narrowed to: each kind's references, choices and switches."""

from typing import Any

import django_filters
from django.db import models

from profiles.base import Profile


class ProfileFilters(django_filters.FilterSet):  # type: ignore[misc]  # a package without types
    activated = django_filters.BooleanFilter(
        "activated_revision", "isnull", exclude=True, label="Has a revision that calls can name."
    )
    drafted = django_filters.BooleanFilter(
        method="edited", label="Activated, and edited since: its edits are not live."
    )

    def edited(self, rows: Any, _name: str, wanted: bool) -> Any:
        found = rows.drafted().values("pk")
        return rows.filter(pk__in=found) if wanted else rows.exclude(pk__in=found)


def filters_of(model: type[Profile]) -> type[ProfileFilters]:
    own: list[Any] = [model._meta.get_field(name) for name in model.own_fields()]
    exact = [
        field.name
        for field in own
        if isinstance(field, models.ForeignKey | models.BooleanField) or field.choices
    ]
    meta = type("Meta", (), {"model": model, "fields": ["owner", "live", *exact]})
    return type(f"{model.__name__}Filters", (ProfileFilters,), {"Meta": meta})
