"""The readable text of a document's bytes, block by block: one module a media type."""

import re
from collections.abc import Callable, Iterator

from profiles.retrieval.extracting import html, json_values, markdown, pdf, text
from profiles.retrieval.extracting.block import Block
from profiles.retrieval.media import Media, Unreadable

__all__ = ["MOST_CHARACTERS", "Block", "extracted"]

MOST_CHARACTERS = 8 * 1024 * 1024
_READERS: dict[str, Callable[[bytes], Iterator[Block]]] = {
    Media.TEXT: text.blocks,
    Media.MARKDOWN: markdown.blocks,
    Media.HTML: html.blocks,
    Media.JSON: json_values.blocks,
    Media.PDF: pdf.blocks,
}
_NOT_STORED = re.compile("[\0\ud800-\udfff]")  # they come of escapes in JSON and fonts in PDF


def extracted(raw: bytes, media_type: str) -> list[Block]:
    """None of them blank. Raises Unreadable, also where there is no text at all."""
    found, size = [], 0
    for block in _READERS[media_type](raw):
        if not block.text.strip():
            continue
        size += len(block.text)
        if size > MOST_CHARACTERS:
            raise Unreadable(
                f"Its text has more than {MOST_CHARACTERS:,} characters. Split the document."
            )
        found.append(Block(_NOT_STORED.sub("\ufffd", block.text), block.level))
    if not found:
        hint = (
            " A scan has to go through text recognition first." if media_type == Media.PDF else ""
        )
        raise Unreadable(f"There is no text in it.{hint}")
    return found
