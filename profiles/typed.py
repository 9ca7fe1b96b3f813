"""A plain value, as JSON, TOML or a shell gives it, brought to the type of a model's field.

Django's own `to_python` turns lists into texts and cuts 5.7 to 5, and full_clean looks
at no empty value where a field may be blank; what passes here can be stored.
"""

import json
import re
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from providers.suggest import shown, suggestion

_WHOLE = re.compile(r"[+-]?[0-9]{1,30}", re.ASCII)


def value(field: "models.Field[Any, Any]", given: Any) -> Any:
    """Raises ValidationError. Ranges and lengths are left to the field's own validators."""
    if given is None or (given == "" and field.null):
        if not field.null:
            raise ValidationError("It cannot be null. Leave it out for its default.")
        return None
    if isinstance(field, ArrayField):
        return _texts(field, given)
    if isinstance(field, models.JSONField):
        return _items(given) if field.default is list else _object(given)
    if isinstance(field, models.CharField | models.TextField):
        return _text(field, given)
    if isinstance(field, models.BooleanField):
        return _switch(given)
    if isinstance(field, models.FloatField):
        return _number(given)
    return _whole(given)


def _text(field: "models.Field[Any, Any]", given: Any) -> str:
    if not isinstance(given, str):
        raise ValidationError("Write a text.")
    choices = [str(choice) for choice, _ in field.flatchoices]
    if choices and given not in choices and not (field.blank and given == ""):
        raise ValidationError(f'There is no "{shown(given)}". {suggestion(shown(given), choices)}')
    return given


def _texts(field: "ArrayField[Any, Any]", given: Any) -> list[str]:
    if not isinstance(given, list | tuple):
        raise ValidationError('Write a list of texts, like ["…"].')
    found = [_text(field.base_field, each) for each in given]
    if field.base_field.flatchoices and len(set(found)) < len(found):
        raise ValidationError("Name each once.")
    return found


def _object(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise ValidationError('Write an object, like {"temperature": 0.2}.')
    return given


def _items(given: Any) -> list[Any]:
    """A list of anything; an object in it may be a text of JSON, which can hold a null in TOML."""
    if not isinstance(given, list | tuple):
        raise ValidationError("Write a list.")
    return [_item(each) for each in given]


def _item(given: Any) -> Any:
    if not isinstance(given, str) or not given.lstrip().startswith("{"):
        return given
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        raise ValidationError(f'"{shown(given)}" is not valid JSON.') from None


def _switch(given: Any) -> bool:
    if isinstance(given, str) and given.lower() in ("true", "false"):
        return given.lower() == "true"
    if not isinstance(given, bool):
        raise ValidationError("Write true or false.")
    return given


def _number(given: Any) -> float:
    try:
        if not isinstance(given, int | float | str) or isinstance(given, bool):
            raise ValueError
        return float(given)
    except (ValueError, OverflowError):
        raise ValidationError("Write a number.") from None


def _whole(given: Any) -> int:
    if isinstance(given, str) and _WHOLE.fullmatch(given):
        return int(given)
    if isinstance(given, float) and given.is_integer():
        return int(given)
    if not isinstance(given, int) or isinstance(given, bool):
        raise ValidationError("Write a whole number.")
    return given
