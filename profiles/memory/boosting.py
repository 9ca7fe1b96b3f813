"""What recalled playbooks add to the scores of the documents that they cite."""

from collections.abc import Iterable
from uuid import UUID

from profiles.memory.recalling import Recalled

STALE_SHARE = 0.5


def boosts(recalled: Iterable[Recalled], boost: float, ceiling: float) -> dict[UUID, float]:
    """By document: `boost` (the retrieval profile's) up to `ceiling` (the memory profile's).

    A stale playbook gives half; of several that cite a document the highest counts.
    """
    most = min(boost, ceiling)
    found: dict[UUID, float] = {}
    for playbook in recalled:
        given = most * STALE_SHARE if playbook.stale else most
        for document in playbook.documents:
            found[document] = max(found.get(document, 0.0), given)
    return found
