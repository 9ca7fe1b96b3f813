"""Start-up checks of the registry file and the secrets files: warnings with stable ids."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

from providers import registry, secrets
from providers.files import OpenToOthers


def registry_file(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """providers.W001: the registry file would not be applied as it is."""
    path = Path(settings.PROVIDERS_FILE)
    if not path.exists():
        return []
    try:
        registry.load(path)
    except registry.RegistryError as error:
        return [
            Warning(
                str(problem),
                hint="Correct the file; nothing of it is applied.",
                id="providers.W001",
            )
            for problem in error.problems
        ]
    return []


def secrets_files(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """providers.W002: a file of secrets that others can use, or that cannot be read."""
    found: list[CheckMessage] = []
    for path in secrets.files():
        try:
            secrets.look(path)
        except OpenToOthers as error:
            found.append(Warning(str(error), id="providers.W002"))
        except secrets.Unreadable as error:
            found.append(Warning(str(error), id="providers.W003"))
    return found


def register_all() -> None:
    register(registry_file, "providers")
    register(secrets_files, "providers")
