"""Markdown: its headings, paragraphs, lists and pieces of code, marks and all.

Models read Markdown as people do, so that nothing of it is taken out.
"""

import re
from collections.abc import Iterator

from profiles.retrieval.extracting.block import Block
from profiles.retrieval.media import Media, characters

_MARKS = re.compile(r" {0,3}(#{1,6})(?![^ \t])")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
# What an underline below would not make a heading of.
_NO_HEADING = re.compile(r"\s*([-*+>|]|\d+[.)])|\s{4}")


def blocks(raw: bytes) -> Iterator[Block]:
    """Raises Unreadable."""
    paragraph: list[str] = []
    fence = ""
    for line in characters(raw, Media.MARKDOWN).split("\n"):
        if fence:
            paragraph.append(line)
            if _closes(line, fence):
                fence = ""
        elif opened := _FENCE.match(line):
            fence = opened[1]
            paragraph.append(line)
        elif not line.strip():
            yield from _paragraph(paragraph)
            paragraph = []
        elif heading := heading_of(line):
            yield from _paragraph(paragraph)
            yield heading
            paragraph = []
        elif (under := _UNDERLINE.fullmatch(line)) and _can_be_heading(paragraph):
            yield Block(" ".join(paragraph), 1 if under[1][0] == "=" else 2)
            paragraph = []
        else:
            paragraph.append(line)
    yield from _paragraph(paragraph)


def heading_of(line: str) -> Block | None:
    """Of a line with marks before it, and maybe after it; None when it is no heading."""
    marks = _MARKS.match(line)
    if marks is None:
        return None
    text = line[marks.end() :].strip()
    bare = text.rstrip("#")
    if not bare or bare[-1] in " \t":
        text = bare.rstrip()
    return Block(text, len(marks[1]))


def _paragraph(lines: list[str]) -> Iterator[Block]:
    if lines:
        yield Block("\n".join(lines))


def _closes(line: str, fence: str) -> bool:
    mark = line.strip()
    return mark.startswith(fence) and not mark.strip(fence[0])


def _can_be_heading(lines: list[str]) -> bool:
    return 0 < len(lines) <= 3 and not any(_NO_HEADING.match(line) for line in lines)
