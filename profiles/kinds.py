"""The four kinds of profile, by the word that URLs, commands and records use for them."""

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models

from providers.suggest import shown, suggestion

if TYPE_CHECKING:
    from profiles.base import Profile


class Kind(models.TextChoices):
    EXECUTION = "execution", "Execution"
    RETRIEVAL = "retrieval", "Retrieval"
    MEMORY = "memory", "Memory"
    OBSERVER = "observer", "Observer"


def model_of(kind: str) -> "type[Profile]":
    """Raises ValueError, with the nearest word, when there is no such kind."""
    if kind not in Kind.values:
        raise ValueError(f'No kind of profile is "{shown(kind)}". {suggestion(kind, Kind.values)}')
    found: type[Profile] = apps.get_model("profiles", f"{kind}profile")
    return found
