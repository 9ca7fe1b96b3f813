"""A playbook's vector, where a provider is configured that may see the playbook."""

import asyncio
from typing import Any

from profiles.activation.network import Network
from profiles.embedding import chosen as choosing
from profiles.embedding.asking import space_of, vectors
from profiles.embedding.chosen import Chosen, NotChosen
from profiles.memory.playbook import Playbook
from providers.endpoint import LABELS, rank
from providers.errors import ProviderError
from providers.models import Provider

PATIENCE = 15.0  # seconds: whoever saved the playbook waits
LONGEST = 8_000  # characters; models take little more, and a task's beginning says what it is for


def embed(playbook: Playbook) -> str:
    """Gives it a vector, outside of any transaction: "", or why it is found by its words only.

    Also "" where LAKEHOUSE_EMBEDDING names no provider, and where it has its vector already.
    """
    endpoints = {p.name: p.endpoint() for p in Provider.objects.select_related("listing")}
    try:
        asked = choosing.for_embedding(endpoints)
    except NotChosen as refusal:
        return _only_words(str(refusal)) if str(refusal) else ""
    row = Playbook.objects.with_reach().select_related("space").filter(pk=playbook.pk).first()
    if row is None or _has(row, asked):
        return ""
    name, clearance = asked.endpoint.name, asked.endpoint.clearance
    if row.reach > rank(clearance):
        return _only_words(
            f"{name}, which turns texts into vectors, may see {clearance} texts at most, and "
            f"this playbook is {LABELS[row.reach]}."
        )
    try:
        vector = _asked(asked, f"{row.title}\n{row.task}"[:LONGEST])
    except (ProviderError, TimeoutError) as error:
        return _only_words(str(error) or f"{name} gave no vector within {PATIENCE:g} s.")
    # Only if it still says what was asked for.
    same = Playbook.objects.filter(pk=row.pk, title=row.title, task=row.task)
    same.update(space=space_of(asked, vector), embedding=vector)
    return ""


def _has(row: Any, asked: Chosen) -> bool:
    space = row.space
    return (
        space is not None
        and (space.provider, space.model) == (asked.endpoint.name, asked.model)
        and asked.dimensions in (None, space.dimensions)
    )


def _asked(asked: Chosen, text: str) -> list[float]:
    async def work() -> list[float]:
        async with asyncio.timeout(PATIENCE):
            (vector,) = await vectors(network.transport, asked, [text])
            return vector

    with Network() as network:
        return network.ask(work())


def _only_words(why: str) -> str:
    return f"It is saved, and found by its words only: {why}"
