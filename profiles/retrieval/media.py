"""What kind of text some bytes are, and their characters."""

import codecs
import re
from pathlib import PurePosixPath

import msgspec

from profiles.retrieval.document import Document

Media = Document.MediaType
ENDINGS = {
    ".txt": Media.TEXT,
    ".text": Media.TEXT,
    ".log": Media.TEXT,
    ".rst": Media.TEXT,
    ".md": Media.MARKDOWN,
    ".markdown": Media.MARKDOWN,
    ".html": Media.HTML,
    ".htm": Media.HTML,
    ".xhtml": Media.HTML,
    ".json": Media.JSON,
    ".pdf": Media.PDF,
}
_SAME = {
    "text/x-markdown": Media.MARKDOWN,
    "application/xhtml+xml": Media.HTML,
    "text/json": Media.JSON,
    "application/x-pdf": Media.PDF,
}
_UNSAID = ("", "application/octet-stream")  # what browsers send of a file they do not know
_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{1,40})", re.IGNORECASE)
_HTML = re.compile(r"<(!doctype\s+html|html)\b", re.IGNORECASE)


class Unreadable(Exception):
    """The content cannot be read as what it is said to be; the text says why and what to do."""


class UnknownType(Unreadable):
    """It is of a type that cannot be read at all."""


def type_of(raw: bytes, said: str | None, *names: str) -> Media:
    """As it is said, else by the first name with a known ending, else by its first bytes.

    Raises UnknownType for a type that is said and not one of ours.
    """
    said = (said or "").partition(";")[0].strip().lower()
    if said not in _UNSAID:
        if said in Media.values:
            return Media(said)
        if said in _SAME:
            return _SAME[said]
        raise UnknownType(f"It cannot be read. Give one of: {', '.join(Media.values)}.")
    for name in names:
        if known := by_ending(name):
            return known
    return _sniffed(raw)


def by_ending(name: str) -> Media | None:
    return ENDINGS.get(PurePosixPath(name).suffix.lower())


def characters(raw: bytes, media: Media) -> str:
    """The text of bytes that are no PDF, lines ended by a newline alone. Raises Unreadable."""
    bom = next((bom for bom in _BOMS if raw.startswith(bom)), b"")
    charset = _BOMS.get(bom) or (media is Media.HTML and _charset(raw)) or "utf-8"
    try:
        text = raw[len(bom) :].decode(charset)
    except UnicodeDecodeError:
        raise Unreadable(
            f"It is no {media.label} in {charset.upper()}. Save it as UTF-8, or give its type."
        ) from None
    if "\0" in text:
        raise Unreadable("It holds NUL characters, as no text does. Give text, or its true type.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _charset(raw: bytes) -> str:
    """What the page says of itself; "" when it says nothing that is known."""
    if found := _CHARSET.search(raw[:2048]):
        try:
            name = codecs.lookup(found[1].decode()).name
        except LookupError:
            return ""
        # A page that was found by an ASCII search is in none of these, whatever it says.
        return "" if name.startswith(("utf-16", "utf-32")) else name
    return ""


def _sniffed(raw: bytes) -> Media:
    if b"%PDF-" in raw[:1024]:
        return Media.PDF
    start = raw[:4096].decode(errors="ignore").lstrip("\ufeff")
    if start.lstrip().startswith("<") and _HTML.search(start):
        return Media.HTML
    if start.lstrip()[:1] in ("{", "[") and raw.rstrip()[-1:] in (b"}", b"]"):
        return Media.JSON if _is_json(raw) else Media.TEXT
    return Media.TEXT


def _is_json(raw: bytes) -> bool:
    try:
        msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
