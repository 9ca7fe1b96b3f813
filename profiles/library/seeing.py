"""The gate: what whoever asks may see of documents, and which labels they may give."""

from typing import Any

from profiles.labelled import clearance_of
from profiles.memory.playbook import Playbook
from profiles.retrieval.document import Document
from providers.endpoint import LABELS, rank

HEAVY = ("raw", "text")  # columns that may be megabytes


def limit_of(user: Any) -> int:
    """The highest label's rank that they may see."""
    return rank(clearance_of(user))


def documents(user: Any) -> Any:
    """Those that exist for them, without their content."""
    return Document.objects.up_to(limit_of(user)).defer(*HEAVY)


def playbooks(user: Any) -> Any:
    """Those whose own label and whose every document's label they may see."""
    return Playbook.objects.up_to(limit_of(user))


def labels_of(user: Any) -> list[str]:
    """The labels they may give; "" among them where they may leave one out."""
    limit = limit_of(user)
    return [label for label in ("", *LABELS) if rank(label) <= limit]
