"""Keeps a terms-gated provider off every ladder, also when the provider is edited later."""

from collections.abc import Iterator

from providers import objections
from providers.models import Provider


def register() -> None:
    objections.register(still_on_a_ladder, "unattended:a_rung_may_be_called_unattended")


def still_on_a_ladder(provider: Provider) -> Iterator[tuple[str, str]]:
    """The objection to switching `unattended` off while rungs name the provider."""
    if provider.unattended:
        return
    from profiles.ladder.model import Rung

    rungs = Rung.objects.filter(provider__name=provider.name).select_related("ladder")
    names = sorted({rung.ladder.name for rung in rungs})
    if names:
        plural = "s" if len(names) > 1 else ""
        yield (
            "unattended",
            f"{provider.name} is on the ladder{plural} {', '.join(names)}, where it is called "
            "without a person asking for it by name. Take it off first.",
        )
