"""A memory profile as it is stored. Every field but the name has a default."""

from django.db import models

from profiles import checks
from profiles.base import Profile, invariants
from profiles.kinds import Kind
from profiles.revisions import tracked

_RANGES: dict[str, tuple[float, float]] = {
    "playbook_boost_ceiling": (0, 1),
    "history_turns": (0, 1000),
    "history_tokens": (0, 2_000_000),
    "doc_staleness_days": (1, 36_500),
    "retire_min_uses": (1, 10_000),
    "retire_below_success": (0, 1),
}


def _count(field: str, default: int, help_text: str) -> "models.PositiveIntegerField[int, int]":
    validators = checks.between(*_RANGES[field])
    return models.PositiveIntegerField(default=default, validators=validators, help_text=help_text)


def _share(field: str, default: float, help_text: str) -> "models.FloatField[float, float]":
    validators = checks.between(*_RANGES[field])
    return models.FloatField(default=default, validators=validators, help_text=help_text)


@tracked("MemoryRevision")
class MemoryProfile(Profile):
    kind = Kind.MEMORY

    playbook_boost_ceiling = _share(
        "playbook_boost_ceiling", 0.25, "No retrieval profile's playbook boost goes above it."
    )
    history_turns = _count("history_turns", 20, "Turns of a session that are recalled.")
    history_tokens = _count(
        "history_tokens",
        8000,
        "The most tokens they may take; the oldest go first, a tool call never without its result.",
    )
    doc_staleness_days = _count(
        "doc_staleness_days", 90, "Older documents and playbooks are flagged and count for less."
    )
    retire_min_uses = _count(
        "retire_min_uses", 3, "A playbook is judged after so many uses, not before."
    )
    retire_below_success = _share(
        "retire_below_success", 0.80, "It is retired when less than this share of them helped."
    )

    class Meta(Profile.Meta):
        constraints = [
            *invariants("memory"),
            *(checks.in_range(f, *r, f"memory_{f}_is_in_range") for f, r in _RANGES.items()),
        ]
