"""A document cut into passages: by its headings and paragraphs first, by size where they are long.

Pure. Nothing is lost but white space: without what each piece repeats of the one before,
the pieces of a document are its text. A heading is in `heading`, with those above it, or
is itself a piece where nothing stands below it.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from profiles.retrieval.extracting.block import Block

SIZE = 1200  # characters, at most
OVERLAP = 150
LONGEST_HEADING = 300
_BETWEEN = " > "
_PARAGRAPH = "\n\n"
_SENTENCE_ENDS = (". ", "! ", "? ", "\u3002", "\uff01", "\uff1f")
_SPACES = re.compile(r"\s+")
_STARTS = re.compile(r"\s|(?<=[\u3002\uff01\uff1f])")


class Piece(msgspec.Struct, frozen=True):
    """`text` is never blank; its first `overlap` characters repeat the piece before."""

    text: str
    heading: str = ""
    overlap: int = 0


def pieces(blocks: Iterable[Block], size: int = SIZE, overlap: int = OVERLAP) -> list[Piece]:
    """`size` must be more than twice the `overlap`, both in characters."""
    found: list[Piece] = []
    path: list[Block] = []
    body: list[str] = []
    for block in [*map(_tidy, blocks), None]:
        if block is not None and not block.text:
            continue
        if block is not None and not block.level:
            body.append(block.text)
            continue
        if body:
            heading = _heading(path)
            packed = _packed(_parts(body, size - overlap - len(_PARAGRAPH)), size, overlap)
            found += [Piece(text, heading, lapped) for text, lapped in packed]
        above = [each for each in path if block is not None and each.level < block.level]
        below = [*above, block] if block is not None else []
        if path and not body and not (len(above) == len(path) and _fits(below)):
            found.append(Piece(path[-1].text, _heading(path[:-1])))
        path, body = below, []
    return found


def _tidy(block: Block) -> Block:
    """A heading in one line; one that is too long is a paragraph."""
    if not block.level:
        return Block(block.text.strip())
    line = " ".join(block.text.split())
    return Block(line, block.level if len(line) <= LONGEST_HEADING else 0)


def _heading(path: list[Block]) -> str:
    """The headings that lead to a place; where they are too long, the last ones."""
    while not _fits(path):
        path = path[1:]
    return _BETWEEN.join(each.text for each in path)


def _fits(path: list[Block]) -> bool:
    return len(_BETWEEN.join(each.text for each in path)) <= LONGEST_HEADING


def _parts(paragraphs: list[str], most: int) -> Iterator[tuple[str, str]]:
    """Texts of at most so many characters, each with what parts it from the one before."""
    for paragraph in paragraphs:
        between, start = _PARAGRAPH, 0
        while len(paragraph) - start > most:
            at = start + _cut(paragraph[start : start + most])
            part = paragraph[start:at].rstrip()
            yield between, part
            gap = _SPACES.match(paragraph, at)
            after = gap.end() if gap else at
            spaces = paragraph[start + len(part) : after]
            between, start = "\n" if "\n" in spaces else spaces[:1], after
        if start < len(paragraph):
            yield between, paragraph[start:]


def _cut(text: str) -> int:
    """Where to part it: after a line, else a sentence, else a word, in its second half."""
    least = len(text) // 2
    if (at := text.rfind("\n", least)) > 0:
        return at
    if (at := max(text.rfind(end, least, -1) for end in _SENTENCE_ENDS)) > 0:
        return at + 1
    at = text.rfind(" ", least)
    return at if at > 0 else len(text)


def _packed(parts: Iterable[tuple[str, str]], size: int, overlap: int) -> Iterator[tuple[str, int]]:
    """As many parts a text as it holds, with how much of it repeats the text before."""
    text, lapped = "", 0
    for between, part in parts:
        if not text:
            text = part
        elif len(text) + len(between) + len(part) <= size:
            text += between + part
        else:
            yield text, lapped
            repeated = _tail(text, overlap)
            lapped = len(repeated) + len(between)
            text = repeated + between + part
    if text:
        yield text, lapped


def _tail(text: str, most: int) -> str:
    """Its last words."""
    if not most:
        return ""
    window = text[-most:]
    start = _STARTS.search(window)
    return (window[start.end() :] if start else window).lstrip()
