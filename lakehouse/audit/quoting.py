"""Finding a quoted text in a file, however its white space was changed. Pure.

Both are compared without white space. A match may not begin or end inside a word, so
that "x = 1" is not found in "max = 10". A line of dots in a quote stands for lines left out.
"""

import re
from bisect import bisect_left, bisect_right
from typing import NamedTuple

from lakehouse.audit.source import Source

MOST_PLACES = 50
# How often a quote is looked for: a text of one letter has it everywhere, or nearly so.
MOST_TRIES = 2_000
_MOST_INSIDE = 20_000
_FAR = 200  # lines that dots may stand for
_NUMBERED = re.compile(r"^\s*\d{1,7}\s?[|:] ?")
_DOTS = re.compile(r"^\s*(?:#|//|--|/\*|<!--)?\s*(?:\.{3}|…|\[\.\.\.\]|\[…\])\s*(?:\*/|-->)?\s*$")
_FENCE = re.compile(r"^\s*```[\w-]*\s*$")
_OTHER = re.compile(r"\W")
_BLANK = re.compile(r"\s+")


class Place(NamedTuple):
    """Line numbers, both ends included."""

    start: int
    end: int

    def meets(self, start: int, end: int) -> bool:
        return self.start <= end and start <= self.end

    def distance(self, start: int, end: int) -> int:
        return max(0, self.start - end, start - self.end)


class Stream:
    """A file's characters without white space, each with its line."""

    def __init__(self, source: Source) -> None:
        texts: list[str] = []
        offsets: list[int] = []
        self._ends: list[int] = []
        self._lines: list[int] = []
        total = 0
        for number, line in source.numbered():
            for word in _BLANK.split(line):
                if word:
                    offsets.append(total)
                    texts.append(word)
                    total += len(word)
            if total and (not self._ends or self._ends[-1] < total):
                self._ends.append(total)
                self._lines.append(number)
        self._text = "".join(texts)
        self._words = offsets  # of what stands after white space
        self._starts = frozenset(offsets)

    def places(self, quote: str) -> list[Place]:
        """Where it is, in the order of lines; at most MOST_PLACES."""
        parts = fragments(quote)
        if not parts:
            return []
        found: list[Place] = []
        at = 0
        for _ in range(MOST_TRIES):
            begin = self._find(parts[0], at)
            if begin < 0 or len(found) == MOST_PLACES:
                break
            end = self._rest(parts, begin)
            if end:
                found.append(Place(self._line(begin), self._line(end - 1)))
            at = begin + 1
        return found

    def _rest(self, parts: list[str], begin: int) -> int:
        """Where the last part ends, when the others follow in order and not too far; else 0."""
        end = begin + len(parts[0])
        for part in parts[1:]:
            following = self._find(part, end)
            if following < 0 or self._line(following) - self._line(end - 1) > _FAR:
                return 0
            end = following + len(part)
        return end

    def _find(self, part: str, at: int) -> int:
        for _ in range(_MOST_INSIDE):
            found = self._text.find(part, at)
            if found < 0:
                break
            if self._inside(found):
                at = self._next_word(found)
            elif self._inside(found + len(part)):
                at = found + 1
            else:
                return found
        return -1

    def _next_word(self, at: int) -> int:
        """The next offset that is not inside the word at this one."""
        index = bisect_right(self._words, at)
        end = self._words[index] if index < len(self._words) else len(self._text)
        other = _OTHER.search(self._text, at + 1, end)
        return other.start() if other else end

    def _inside(self, at: int) -> bool:
        """Is there a word across this offset?"""
        if not 0 < at < len(self._text) or at in self._starts:
            return False
        return _is_word(self._text[at - 1]) and _is_word(self._text[at])

    def _line(self, at: int) -> int:
        return self._lines[bisect_left(self._ends, at + 1)]


def fragments(quote: str) -> list[str]:
    """A quote without white space, line numbers and fences, cut where lines were left out."""
    lines = [line for line in quote.splitlines() if not _FENCE.match(line)]
    told = [line for line in lines if line.strip()]
    if told and all(_NUMBERED.match(line) for line in told):
        lines = [_NUMBERED.sub("", line) for line in lines]
    parts: list[str] = [""]
    for line in lines:
        if _DOTS.match(line):
            parts.append("")
        else:
            parts[-1] += _BLANK.sub("", line)
    parts = [part for part in parts if part]
    if parts:
        parts[0] = parts[0].removeprefix("...").removeprefix("…")
        parts[-1] = parts[-1].removesuffix("...").removesuffix("…")
    bare = [_bare(part) for part in parts]
    return [part for part in bare if part]


def unsigned(quote: str) -> str:
    """A quote copied out of a diff, without the signs of what it adds."""
    lines = [line for line in quote.split("\n") if line.strip()]
    if not lines or any(line[0] not in "+ " for line in lines):
        return quote
    return "\n".join(line[1:] for line in lines)


def _bare(part: str) -> str:
    """Without the backticks that Markdown puts round code."""
    return part[1:-1] if len(part) > 2 and part[0] == part[-1] == "`" else part


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"
