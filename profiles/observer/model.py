"""An observer profile as it is stored. Every field but the name has a default."""

from django.db import models

from profiles import checks
from profiles.base import Profile, invariants
from profiles.kinds import Kind
from profiles.revisions import tracked

_RANGES: dict[str, tuple[float, float]] = {
    "failure_cluster_size": (1, 100_000),
    "failure_cluster_secs": (1, 86_400),
    "alert_cooldown_secs": (0, 604_800),
    "ring_size": (1, 100_000),
    "langfuse_queue": (1, 1_000_000),
}


def _count(field: str, default: int, help_text: str) -> "models.PositiveIntegerField[int, int]":
    validators = checks.between(*_RANGES[field])
    return models.PositiveIntegerField(default=default, validators=validators, help_text=help_text)


@tracked("ObserverRevision")
class ObserverProfile(Profile):
    kind = Kind.OBSERVER

    failure_cluster_size = _count(
        "failure_cluster_size", 3, "So many equal failures within the window are an alert."
    )
    failure_cluster_secs = _count("failure_cluster_secs", 300, "The window, in seconds.")
    alert_cooldown_secs = _count(
        "alert_cooldown_secs", 300, "Seconds until the same alert may come again."
    )
    ring_size = _count("ring_size", 2000, "Calls kept in memory, a process.")
    langfuse = models.BooleanField(
        default=False, help_text="Forward traces. Where to is a setting, never a profile's field."
    )
    langfuse_queue = _count(
        "langfuse_queue", 10_000, "Traces that may wait; more are dropped and counted."
    )
    langfuse_content = models.BooleanField(
        default=False, help_text="Forward prompts and answers too, redacted."
    )

    class Meta(Profile.Meta):
        constraints = [
            *invariants("observer"),
            *(checks.in_range(f, *r, f"observer_{f}_is_in_range") for f, r in _RANGES.items()),
        ]
