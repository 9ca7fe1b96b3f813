"""A file that a browser or a program sent: its type, as far as it is known before it is read."""

from typing import Any

from profiles.retrieval.document import Document
from profiles.retrieval.media import by_ending

PLAIN = "text/plain"  # what clients call much that they do not know


def type_of(file: Any) -> str | None:
    """None where its bytes are to tell. What is surely no text keeps its name, to be refused."""
    said = str(file.content_type or "").lower()
    if said in Document.MediaType.values and said != PLAIN:
        return said
    if known := by_ending(file.name or ""):
        return known.value
    return None if said.startswith("text/") else said or None
