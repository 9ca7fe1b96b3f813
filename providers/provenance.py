"""Where each field's value came from, computed from values alone.

A file-owned provider keeps what the registry file gave it when it was last applied
(`Applied`). A field that differs from that was edited by a person since: drift.
"""

import logging
import math
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from providers import fields
from providers.validators import LONGEST_TIMEOUT

logger = logging.getLogger(__name__)


class Origin(StrEnum):
    FILE = "file"
    ADMIN = "admin"
    DEFAULT = "kind default"
    ENVIRONMENT = "environment"


class Applied(msgspec.Struct, frozen=True):
    """What the file gave at the last sync: every field's value, and which it named itself."""

    values: dict[str, Any]
    named: frozenset[str]


class Provenance(msgspec.Struct, frozen=True):
    """One field: its value in force and its origin.

    `drift` is True where an edit stands against the registry file, which gave `declared`.
    """

    field: str
    value: Any
    origin: Origin
    drift: bool = False
    declared: Any = None


def provenance(
    values: Mapping[str, Any],
    applied: Applied | None,
    defaults: Mapping[str, Any],
    total_override: float | None = None,
) -> tuple[Provenance, ...]:
    """One entry a field, in the order of `fields.NAMES`.

    `applied` is None for a provider that no file owns; `defaults` are its kind's. The
    total timeout that the environment sets, in seconds, is `total_override`.
    """
    found = tuple(_of(field, values[field], applied, defaults) for field in fields.NAMES)
    if total_override is None:
        return found
    return tuple(
        msgspec.structs.replace(entry, value=total_override, origin=Origin.ENVIRONMENT)
        if entry.field == "total_timeout"
        else entry
        for entry in found
    )


def _of(field: str, value: Any, applied: Applied | None, defaults: Mapping[str, Any]) -> Provenance:
    if applied is None:
        same = field in defaults and value == defaults[field]
        return Provenance(field, value, Origin.DEFAULT if same else Origin.ADMIN)
    if value != applied.values.get(field, value):
        return Provenance(field, value, Origin.ADMIN, True, applied.values[field])
    return Provenance(field, value, Origin.FILE if field in applied.named else Origin.DEFAULT)


def timeout_variable(name: str) -> str:
    """The environment variable that overrides a provider's total timeout."""
    return re.sub(r"[^A-Z0-9]", "_", name.upper()) + "_TIMEOUT_SECS"


def total_override(name: str, environ: Mapping[str, str]) -> float | None:
    """The total timeout from the environment, in seconds; None when unset.

    An unusable value is logged and not applied: it must not take the provider down.
    """
    variable = timeout_variable(name)
    text = environ.get(variable, "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if 0 < seconds <= LONGEST_TIMEOUT:
        return seconds
    logger.error(
        "%s is not a number of seconds above 0 and at most %.0f, so the stored total timeout of "
        "%s stays in force. Correct the variable and restart.",
        variable,
        LONGEST_TIMEOUT,
        name,
    )
    return None
