"""PDF: the text of its pages, each below a heading with its number.

Read by a process of its own, within limits of time and memory and without our
environment: a file from a stranger can make any reader of PDF run for ever.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from profiles.retrieval.extracting.block import Block
from profiles.retrieval.extracting.text import paragraphs
from profiles.retrieval.media import Unreadable

MOST_PAGES = 2000
MOST_CHARACTERS = 8 * 1024 * 1024
LONGEST_SECS = 120.0
MOST_MEMORY = 1024**3
_READER = Path(__file__).with_name("pdf_pages.py")
_PROBLEMS = {
    "encrypted": "It is encrypted. Save it without a password.",
    "broken": "It is broken: its pages cannot be read. Save it anew as PDF, or give its text.",
    "pages": f"It has more than {MOST_PAGES} pages. Split it.",
    "characters": f"Its text has more than {MOST_CHARACTERS:,} characters. Split it.",
    "memory": "Reading it takes over 1 GiB of memory. Split it, or give its text.",
}


def blocks(raw: bytes) -> Iterator[Block]:
    """Raises Unreadable."""
    pages = _pages(raw)
    for number, page in enumerate(pages, start=1):
        if page.strip() and len(pages) > 1:
            yield Block(f"Page {number}", 1)
        yield from map(Block, paragraphs(page))


def _pages(raw: bytes) -> list[str]:
    limits = [MOST_PAGES, MOST_CHARACTERS, MOST_MEMORY, int(LONGEST_SECS)]
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", "-W", "ignore", str(_READER), *map(str, limits)],
            input=raw,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST_SECS,
            env={},
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(
            f"Reading it took over {LONGEST_SECS:g} s. Split it, or give its text."
        ) from None
    if done.returncode:
        raise Unreadable(_PROBLEMS["broken"])
    found: dict[str, list[str] | str] = json.loads(done.stdout)
    if isinstance(pages := found.get("pages"), list):
        return pages
    raise Unreadable(_PROBLEMS[str(found["problem"])])
