"""Sets plain values on a row and checks it whole: what every door says is wrong with them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from profiles import typed
from providers.suggest import shown, suggestion
from providers.validators import is_plain

Errors = dict[str, list[str]]


def fill(
    row: models.Model,
    values: Mapping[str, Any],
    known: tuple[str, ...],
    *,
    other_words: dict[str, str] | None = None,
    exclude: Iterable[str] = (),
) -> Errors:
    """What is wrong with the row and these values, by field; {} when it can be saved.

    `known` are the fields that may be set; a reference is a name or None. `exclude` are
    fields that are not checked, being set later.
    """
    errors: Errors = {}
    for key, value in values.items():
        if key not in known:
            near = suggestion(shown(key), known, other_words)
            errors[shown(key)] = [f"There is no such field. {near}"]
            continue
        try:
            _set(row, row._meta.get_field(key), value)
        except ValidationError as error:
            errors[key] = error.messages
    try:
        row.full_clean(exclude=[*exclude, *(name for name in errors if name in known)])
    except ValidationError as error:
        errors = error.message_dict | errors
    return errors


def _set(row: models.Model, field: Any, value: Any) -> None:
    if isinstance(field, models.ForeignKey):
        if value not in (None, "") and (problem := _dangling(field, value)):
            raise ValidationError(problem)
        setattr(row, field.attname, value or None)
    else:
        setattr(row, field.attname, typed.value(field, value))


def _dangling(field: "models.ForeignKey[Any, Any]", value: Any) -> str:
    """What is wrong with a reference, "" when it is there."""
    rows = field.related_model._default_manager
    if isinstance(value, str) and is_plain(value) and rows.filter(name=value).exists():
        return ""
    names = list(rows.order_by("name").values_list("name", flat=True))
    what = field.related_model._meta.verbose_name
    return f'There is no {what} "{shown(value)}". {suggestion(shown(value), names)}'
