"""What a field of a profile or ladder may hold; each raises Django's ValidationError."""

import math
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from providers.validators import is_plain

NAME = "A name is 1 to 63 lower-case letters, digits, - or _, and a letter first."
RESERVED = ("live",)
MEANS_LIVE = '"{}" means whichever profile is live. Choose another name.'
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")


def name(value: str) -> None:
    if not _NAME.fullmatch(value):
        raise ValidationError(NAME)
    if value in RESERVED:
        raise ValidationError(MEANS_LIVE.format(value))


def plain(value: str) -> None:
    if not is_plain(value):
        raise ValidationError(
            "It holds a NUL or half of a surrogate pair, which cannot be stored. Leave it out."
        )


def finite(value: float) -> None:
    if isinstance(value, float) and not math.isfinite(value):  # a huge int is no float
        raise ValidationError("Write a finite number.")


def one_line(value: str) -> None:
    if not value.isprintable():
        raise ValidationError("Write one line, without control characters.")


def up_to(length: int) -> MaxLengthValidator:
    return MaxLengthValidator(length)


def digits(number: float) -> str:
    """In plain digits, as people write it."""
    return str(int(number)) if number == int(number) else repr(number)


def between(low: float, high: float) -> list[Any]:
    """Validators of a number's range, both ends included."""
    text = f"Write a number from {digits(low)} to {digits(high)}."
    return [finite, MinValueValidator(low, text), MaxValueValidator(high, text)]


def in_range(field: str, low: float, high: float, constraint: str) -> models.CheckConstraint:
    """The same range, kept by the database; an empty value passes where the column may be."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__range": (low, high)}),
        name=constraint,
        violation_error_message=f"{field}: write a number from {digits(low)} to {digits(high)}.",
    )
