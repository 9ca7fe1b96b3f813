"""Plain text: its paragraphs."""

import re
from collections.abc import Iterator

from profiles.retrieval.extracting.block import Block
from profiles.retrieval.media import Media, characters

_BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")


def blocks(raw: bytes) -> Iterator[Block]:
    """Raises Unreadable."""
    yield from map(Block, paragraphs(characters(raw, Media.TEXT)))


def paragraphs(text: str) -> list[str]:
    return _BLANK_LINES.split(text)
