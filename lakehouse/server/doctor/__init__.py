"""What `manage.py doctor` looks at, one module an area. Nothing here shows a secret's value."""

from collections.abc import Callable, Iterator

from lakehouse.server.doctor import database, files, network, providers, retrieval, settings, traces
from lakehouse.server.doctor.finding import Finding, State

AREAS: list[Callable[[], Iterator[Finding]]] = [
    settings.look,
    files.look,
    database.look,
    providers.look,
    retrieval.look,
    network.look,
    traces.look,
]


def examine() -> list[Finding]:
    """Everything there is to say, in the areas' order."""
    return [finding for look in AREAS for finding in look()]


__all__ = ["Finding", "State", "examine"]
