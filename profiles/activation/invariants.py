"""What must hold between profiles, ladders and providers for a revision to go live.

Each check gives its complaints, one sentence or two each: why, and what to do.
"""

from collections.abc import Iterator
from typing import Any

from profiles.activation import boosts
from profiles.activation.steps import Outcome, failed, ok
from profiles.activation.target import Target
from profiles.kinds import Kind, model_of
from profiles.ladder.model import Ladder, not_unattended
from profiles.live import read_ladder
from providers import adapters
from providers.models import Provider

COMPANIONS = (Kind.RETRIEVAL, Kind.MEMORY, Kind.OBSERVER)


def weigh(target: Target) -> Outcome:
    """The step: every invariant of the target's kind, at the revision's values."""
    if found := list(complaints(target)):
        return failed(" ".join(found))
    return ok(" ".join(["All hold.", *notes(target)]))


def complaints(target: Target) -> Iterator[str]:
    if target.kind is Kind.EXECUTION:
        yield from provider_complaints(target.values["provider"])
        yield from ladder_complaints(target.values["ladder"])
        for kind in COMPANIONS:
            yield from companion_complaints(kind, target.values[kind])
    yield from boosts.complaints(target)


def provider_complaints(name: str | None) -> Iterator[str]:
    """A revision may be older than the deletion of what it names."""
    if not name:
        return
    provider = Provider.objects.filter(name=name).first()
    if provider is None:
        yield (
            f"There is no provider {name} any more. Name another in the profile, and activate "
            "that revision."
        )
    elif not provider.enabled:
        yield f"The provider {name} is switched off. Switch it on, or name another in the profile."
    elif provider.kind not in adapters.KINDS:
        yield (
            f"The provider {name} is of the kind {provider.kind}, which this version does not "
            "have. Choose a kind that it has, or name another provider in the profile."
        )


def ladder_complaints(name: str | None) -> Iterator[str]:
    if not name:
        return
    ladder = Ladder.objects.prefetch_related("rungs").filter(name=name).first()
    if ladder is None:
        yield (
            f"There is no ladder {name} any more. Name another in the profile, and activate that "
            "revision."
        )
        return
    try:
        read_ladder(ladder)
    except Exception as error:  # whatever it is, no call could climb it either
        yield f"The ladder {name} cannot be read ({error}). Mend its rungs, and activate again."
    gated = Provider.objects.filter(unattended=False, rungs__ladder__name=name).distinct()
    for provider in gated.order_by("name"):
        yield f"The ladder {name}: {not_unattended(provider.name)}"


def companion_complaints(kind: Kind, name: str | None) -> Iterator[str]:
    if not name:
        return
    companion: Any = model_of(kind).objects.filter(name=name).first()
    if companion is None:
        yield (
            f"There is no {kind} profile {name} any more. Name another in the profile, and "
            "activate that revision."
        )
    elif companion.activated_revision is None:
        yield (
            f"The {kind} profile {name}, which goes with it, was never activated. Activate that "
            "first."
        )


def notes(target: Target) -> Iterator[str]:
    """What is no fault, but may surprise."""
    name = target.kind is Kind.EXECUTION and target.values["provider"]
    if name and Provider.objects.filter(name=name, unattended=False).exists():
        yield (
            f"{name} may not be called unattended: it answers only calls that ask for this profile "
            "or for the provider by name."
        )
