"""HTML: what a reader of the page sees, with its headings, paragraphs, lists and tables.

Broken markup can cost the parser a square of its length, so that only short pages are
read in this process.
"""

from collections.abc import Iterator
from itertools import starmap

from profiles.retrieval.extracting import apart, html_page
from profiles.retrieval.extracting.block import Block
from profiles.retrieval.media import Media, characters

LONGEST_SECS = 30.0
SHORT = 16 * 1024  # characters


def blocks(raw: bytes) -> Iterator[Block]:
    """Raises Unreadable."""
    text = characters(raw, Media.HTML)
    if len(text) <= SHORT:
        yield from starmap(Block, html_page.read(text))
    else:
        found = apart.run("html_page.py", text.encode(errors="replace"), LONGEST_SECS)
        yield from starmap(Block, found)
