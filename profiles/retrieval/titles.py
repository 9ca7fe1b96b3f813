"""What a document is called when nobody says so."""

import html
import re
from pathlib import PurePosixPath

from profiles.retrieval.extracting.markdown import heading_of
from profiles.retrieval.media import Media, Unreadable, characters, type_of

LONGEST = 300
_LOOKED_AT = 64 * 1024
_PAGE_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,2000})</title>", re.IGNORECASE)


def title_of(raw: bytes, name: str) -> str:
    """Its first heading or its page's title, else its file's name without the ending."""
    media = type_of(raw, None, name)
    try:
        if media is Media.MARKDOWN:
            found = _first_heading(characters(raw, media)[:_LOOKED_AT])
        elif media is Media.HTML:
            found = _page_title(characters(raw, media)[:_LOOKED_AT])
        else:
            found = ""
    except Unreadable:
        found = ""
    return _line(found) or _line(PurePosixPath(name).stem) or "Untitled"


def _first_heading(text: str) -> str:
    headings = filter(None, map(heading_of, text.split("\n")))
    return next((heading.text for heading in headings if heading.level == 1), "")


def _page_title(text: str) -> str:
    found = _PAGE_TITLE.search(text)
    return html.unescape(found[1]) if found else ""


def _line(text: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.split())[:LONGEST]
