"""`field=value` words of a command line as values by field."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.management.base import CommandError

from profiles.documents import rows
from providers.suggest import shown

HELP = (
    "field=value. A list is JSON, or one text for a list of one. field= is the field's default, "
    "field=@FILE reads the value from a file (@@ begins a text with @)."
)
RUNGS = " A ladder's rungs: rungs=PROVIDER/MODEL,PROVIDER or a JSON list of objects."


def values(kind: str, words: Iterable[str]) -> dict[str, Any]:
    """Raises CommandError, and ValidationError by field; unknown fields are not told yet."""
    defaults = rows.defaults(kind)
    return {
        field: defaults[field] if not text and field in defaults else _value(kind, field, text)
        for field, text in pairs(words, key="name").items()
    }


def pairs(words: Iterable[str], key: str = "") -> dict[str, str]:
    """The texts by field, those of files read. Raises CommandError, for the field `key` too."""
    found: dict[str, str] = {}
    for word in words:
        field, equals, text = word.partition("=")
        if not equals or not field:
            raise CommandError(
                f'"{shown(word)}" is no change. Write field=value, like temperature=0.2.'
            )
        if field == key:
            raise CommandError("The name stands before the fields, and is never changed.")
        if field in found:
            raise CommandError(f"{shown(field)} is there twice. Keep one.")
        found[field] = _read(field, text)
    return found


def texts(field: str, text: str) -> Any:
    """A list of texts as it is typed: JSON, or one text. Raises ValidationError."""
    return _json(field, text) if text.lstrip().startswith("[") else [text]


def _read(field: str, text: str) -> str:
    if text.startswith("@@"):
        return text[1:]
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise CommandError(f"{shown(field)}: {shown(text[1:])} cannot be read: {reason}.") from None


def _value(kind: str, field: str, text: str) -> Any:
    if field == "rungs" and kind == rows.LADDER:
        return _json(field, text) if text.lstrip().startswith("[") else _rungs(text)
    try:
        known = rows.new(kind)._meta.get_field(field)
    except FieldDoesNotExist:
        return text  # refused later, with a suggestion
    if isinstance(known, ArrayField) or getattr(known, "default", None) is list:
        return texts(field, text)
    return text


def _json(field: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValidationError({field: [f"This is not a JSON list: {error}."]}) from None


def _rungs(text: str) -> list[dict[str, str]]:
    tries = (each.strip().partition("/") for each in text.split(","))
    return [{"provider": provider, "model": model} for provider, _, model in tries]
