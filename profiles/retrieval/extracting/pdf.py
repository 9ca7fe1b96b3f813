"""PDF: the text of its pages, each below a heading with its number.

Read by a process of its own: a file from a stranger can make any reader of PDF run for
ever.
"""

from collections.abc import Iterator

from profiles.retrieval.extracting import apart
from profiles.retrieval.extracting.block import Block
from profiles.retrieval.extracting.text import paragraphs
from profiles.retrieval.media import Unreadable

MOST_PAGES = 2000
MOST_CHARACTERS = 8 * 1024 * 1024
LONGEST_SECS = 120.0
_PROBLEMS = {
    "encrypted": "It is encrypted. Save it without a password.",
    "broken": "It is broken: its pages cannot be read. Save it anew as PDF, or give its text.",
    "pages": f"It has more than {MOST_PAGES} pages. Split it.",
    "characters": f"Its text has more than {MOST_CHARACTERS:,} characters. Split it.",
}


def blocks(raw: bytes) -> Iterator[Block]:
    """Raises Unreadable."""
    pages = _pages(raw)
    for number, page in enumerate(pages, start=1):
        if page.strip() and len(pages) > 1:
            yield Block(f"Page {number}", 1)
        yield from map(Block, paragraphs(page))


def _pages(raw: bytes) -> list[str]:
    found = apart.run("pdf_pages.py", raw, LONGEST_SECS, MOST_PAGES, MOST_CHARACTERS)
    if "pages" in found:
        return list(found["pages"])
    raise Unreadable(_PROBLEMS[found["problem"]])
