"""What a text may hold that a rule looks for: plain values and patterns, found as one.

A pattern is bounded before it is ever used: in its length, in how far a match may reach, and
in how many steps each character of a text may cost. What a text then really takes is watched.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from time import thread_time
from typing import NamedTuple

from lakehouse.truth.pattern_nodes import (
    END,
    Alt,
    Group,
    Node,
    One,
    Seq,
    beginning,
    cut,
    longest,
    shortest,
    source,
    steps,
)
from lakehouse.truth.pattern_parsing import SECRET, BadPattern, parsed
from lakehouse.truth.problems import Undecided

LONGEST_PATTERN = 500
LONGEST_MATCH = 10_000
MOST_STEPS = 2_500  # a character
# A text up to here is looked through at once; a longer one in blocks, with an eye on the clock.
AT_ONCE = 16_384
BLOCK = 4_096
SECONDS = 0.5  # of this thread's own CPU time


class Match(NamedTuple):
    """The whole match, and the part of it that counts."""

    start: int
    end: int
    first: int
    last: int


class Wanted:
    """Values and patterns, compiled into one. Two of the same are equal."""

    def __init__(self, nodes: Sequence[Node], *, ignore_case: bool = False) -> None:
        flags = re.IGNORECASE if ignore_case else re.NOFLAG
        written = "|".join(
            source(node).replace(SECRET, f"(?P<secret{number}>", 1)
            for number, node in enumerate(nodes)
        )
        self._key = (written, flags)
        self.whole = re.compile(written, flags)
        self.begun = re.compile(f"(?:{cut(Alt(tuple(nodes)))}){END}", flags)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wanted) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def is_in(self, text: str) -> bool:
        """Raises Undecided when it takes too long."""
        return next(self.matches(text), None) is not None

    def matches(self, text: str) -> Iterator[Match]:
        """From left to right, none within another. Raises Undecided when it takes too long."""
        if len(text) <= AT_ONCE:
            yield from map(_matched, self.whole.finditer(text))
            return
        began, at = thread_time(), 0
        for end in range(BLOCK, len(text) + BLOCK, BLOCK):
            at = yield from self.decided(text, at, end, last=end >= len(text))
            in_time(began)

    def decided(self, text: str, at: int, end: int, *, last: bool) -> Generator[Match, None, int]:
        """Of the text up to `end`, the matches from `at` on that more text cannot change.

        Returns from where on it is undecided; nowhere, where this is the `last` of the text.
        """
        while True:
            begun = None if last else self.begun.search(text, at, end)
            held = begun.start() if begun else min(end, len(text))
            found = self.whole.search(text, at, end)
            if found is None or (found.start() >= held and not last):
                return held
            yield _matched(found)
            at = found.end()


def in_time(began: float) -> None:
    """Raises Undecided once SECONDS of this thread's time have gone since then."""
    if thread_time() - began > SECONDS:
        raise Undecided(f"looking through a text took longer than {SECONDS} s")


def _matched(found: re.Match[str]) -> Match:
    part = found.lastgroup
    span = found.span(part) if part else found.span()
    return Match(found.start(), found.end(), *span)


def value(text: str) -> Node:
    """What is found by nothing but itself."""
    return Seq(tuple(One(re.escape(c), c) for c in text))


def pattern(text: str) -> Node:
    """Raises BadPattern, which says what would be right."""
    if len(text) > LONGEST_PATTERN:
        raise BadPattern(f"it has more than {LONGEST_PATTERN} characters; make two of it")
    node = parsed(text)
    try:
        re.compile(source(node))
    except (re.error, RecursionError) as error:
        said = getattr(error, "msg", "it is nested too deeply")
        raise BadPattern(f"Python cannot read it: {said}") from None
    if shortest(node) == 0:
        raise BadPattern("it is found in an empty text; let it take one character at least")
    if longest(node) > LONGEST_MATCH:
        raise BadPattern(
            f"it may take {longest(node)} characters, more than {LONGEST_MATCH}; repeat less"
        )
    cost = steps(node) // max(1, len(beginning(node)))
    if cost > MOST_STEPS:
        raise BadPattern(
            f"it may take {min(cost, 10**9)} steps for each character, more than {MOST_STEPS}; "
            "repeat less, begin it with fixed characters, or write {m,n}+ where a repeat need "
            "not give back what it took"
        )
    return Group("(?:", node)


__all__ = ["BadPattern", "Match", "Wanted", "in_time", "pattern", "value"]
