"""Start-up check of what installed packages provide: errors with a stable id."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from lakehouse.validation import registry


def packages(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """validation.E001: a package's validator that cannot be loaded, by its name."""
    hint = "Repair or remove the package: no answer passes a validator that cannot be loaded."
    return [Error(fault, hint=hint, id="validation.E001") for fault in registry.faults()]


def register_all() -> None:
    register(packages, "validation")
