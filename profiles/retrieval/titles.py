"""What a document is called when nobody says so."""

import html
import re
from pathlib import PurePosixPath

from profiles.retrieval.media import Media, Unreadable, characters, type_of

LONGEST = 300
_LOOKED_AT = 64 * 1024
_BY_TYPE = {
    Media.MARKDOWN: re.compile(r"^ {0,3}#[ \t]+(.+?)[ \t#]*$", re.MULTILINE),
    Media.HTML: re.compile(r"<title[^>]*>([^<]+)</title>", re.IGNORECASE),
}


def title_of(raw: bytes, name: str) -> str:
    """Its first heading or its page's title, else its file's name without the ending."""
    media = type_of(raw, None, name)
    if pattern := _BY_TYPE.get(media):
        try:
            found = pattern.search(characters(raw, media)[:_LOOKED_AT])
        except Unreadable:
            found = None
        if found and (title := _line(html.unescape(found[1]))):
            return title
    return _line(PurePosixPath(name).stem) or "Untitled"


def _line(text: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.split())[:LONGEST]
