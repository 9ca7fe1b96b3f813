"""A call's `model` names a provider or an execution profile: no new one takes a name that is taken.

Rows that share a name already, from before this was asked, stay and can be edited.
"""

from collections.abc import Iterator

from profiles.checks import MEANS_LIVE, RESERVED
from providers import objections
from providers.models import Provider
from providers.validators import is_plain


def register() -> None:
    objections.register(taken_by_a_profile)


def taken_by_a_profile(provider: Provider) -> Iterator[tuple[str, str]]:
    """The objection to a new provider's name."""
    from profiles.execution.model import ExecutionProfile

    name = provider.name
    if not is_plain(name) or Provider.objects.filter(name=name).exists():
        return
    if name in RESERVED:
        yield "name", MEANS_LIVE.format(name)
    elif ExecutionProfile.objects.filter(name=name).exists():
        yield "name", _taken("an execution profile", name)


def taken_by_a_provider(name: str) -> str:
    """Why a new execution profile cannot have the name, "" when it can."""
    if is_plain(name) and Provider.objects.filter(name=name).exists():
        return _taken("a provider", name)
    return ""


def _taken(by: str, name: str) -> str:
    return (
        f"There is {by} {name} already: a call whose model is "
        f'"{name}" could mean either. Choose another name.'
    )
