"""What an activation is to make live: one profile at one revision, with its values."""

from typing import Any, NamedTuple

from profiles.base import Profile
from profiles.kinds import Kind, model_of
from profiles.revisions import Revision
from providers.suggest import shown, suggestion

__all__ = ["ProfileNotFound", "Revision", "Target", "found", "target_of"]


class ProfileNotFound(LookupError):
    """No profile of the kind has that name; says which is nearest."""


class Target(NamedTuple):
    """`values` are the revision's, not the draft's. `pk` tells a profile made anew apart."""

    kind: Kind
    pk: int
    name: str
    revision: int
    values: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.name}@{self.revision}"


def target_of(kind: str, name: str, revision: int | None = None) -> Target:
    """`revision` None is the draft as it is now.

    Raises ValueError for an unknown kind, ProfileNotFound, Revision.DoesNotExist.
    """
    profile = found(model_of(kind), name)
    at = profile.at(profile.revision if revision is None else revision)
    return Target(Kind(kind), profile.pk, name, at.number, at.values)


def found(model: type[Profile], name: str) -> Profile:
    """The profile of that name. Raises ProfileNotFound."""
    profile: Profile | None = model.objects.filter(name=name).first()
    if profile is None:
        names = list(model.objects.values_list("name", flat=True))
        raise ProfileNotFound(
            f'There is no {model.kind} profile "{shown(name)}". {suggestion(shown(name), names)}'
        )
    return profile
