"""What a text may hold that a rule looks for: plain values and patterns, found as one.

A pattern is bounded before it is ever used: in its length, in how far a match may reach, and
in how many steps each character of a text may cost. What a text then really takes is watched.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from time import thread_time
from typing import NamedTuple

from lakehouse.truth.pattern_bounds import beginnings, sees, steps
from lakehouse.truth.pattern_nodes import (
    END,
    Alt,
    Group,
    Node,
    One,
    Seq,
    cut,
    longest,
    shortest,
    source,
)
from lakehouse.truth.pattern_parsing import SECRET, BadPattern, parsed
from lakehouse.truth.problems import Undecided

LONGEST_PATTERN = 500
LONGEST_MATCH = 10_000
MOST_STEPS = 2_500  # a character
# A text up to here is looked through at once; a longer one in blocks, with an eye on the clock.
AT_ONCE = 16_384
BLOCK = 4_096
MOST_COMPILED = 64
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
        self._flags = re.IGNORECASE if ignore_case else re.NOFLAG
        self._options = tuple(
            source(node).replace(SECRET, f"(?P<secret{number}>", 1)
            for number, node in enumerate(nodes)
        )
        # Without them in a text, an option need not be looked for; of other cases too many.
        self._beginnings = tuple(() if ignore_case else beginnings(node) for node in nodes)
        self._needed = _needed(self._beginnings)
        self._sees = max(map(sees, nodes))
        self.whole = self._compiled(self._options)
        self.begun = re.compile(f"(?:{cut(Alt(tuple(nodes)))}){END}", self._flags)
        self._of_some: dict[tuple[str, ...], re.Pattern[str]] = {self._options: self.whole}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wanted) and self.whole == other.whole

    def __hash__(self) -> int:
        return hash(self.whole)

    @property
    def needed(self) -> tuple[str, ...]:
        """One of these is in every text that holds what is wanted; () where nothing need be."""
        return self._needed

    def is_in(self, text: str) -> bool:
        """Raises Undecided when it takes too long."""
        return next(self.matches(text), None) is not None

    def matches(self, text: str) -> Iterator[Match]:
        """From left to right, none within another. Raises Undecided when it takes too long."""
        looked_for = self._possible(text)
        if looked_for is None:
            return
        if len(text) <= AT_ONCE:
            yield from map(_matched, looked_for.finditer(text))
            return
        began, at = thread_time(), 0
        for end in range(BLOCK, len(text) + BLOCK, BLOCK):
            while found := looked_for.search(text, at, end + self._sees):
                if found.start() >= end:
                    break
                yield _matched(found)
                at = found.end()
            at = max(at, end)
            in_time(began)

    def _possible(self, text: str) -> re.Pattern[str] | None:
        """Of those options that the text can hold; None where it can hold none."""
        if self._needed and not any([begin in text for begin in self._needed]):
            return None
        some = tuple(
            option
            for option, begins in zip(self._options, self._beginnings, strict=True)
            if not begins or any(begin in text for begin in begins)
        )
        if some not in self._of_some:
            if not some or len(self._of_some) > MOST_COMPILED:
                return self.whole if some else None
            self._of_some[some] = self._compiled(some)
        return self._of_some[some]

    def _compiled(self, options: Sequence[str]) -> re.Pattern[str]:
        return re.compile("|".join(options), self._flags)

    def decided(self, text: str, at: int, *, last: bool) -> Generator[Match, None, int]:
        """From `at` on, the matches that more text cannot change.

        Returns from where on it is undecided; nowhere, where this is the `last` of the text.
        """
        while True:
            begun = None if last else self.begun.search(text, at)
            held = begun.start() if begun else len(text)
            found = self.whole.search(text, at)
            if found is None or (found.start() >= held and not last):
                return held
            yield _matched(found)
            at = found.end()


def _needed(beginnings: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Texts of which one is in every text that holds any option; () where nothing need be."""
    if not all(beginnings):
        return ()
    every = {begin for begins in beginnings for begin in begins}
    return tuple(
        sorted(one for one in every if not any(o != one and one.startswith(o) for o in every))
    )


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
    cost = steps(node) // min(map(len, beginnings(node)), default=1)
    if cost > MOST_STEPS:
        raise BadPattern(
            f"it may take {min(cost, 10**9)} steps for each character, more than {MOST_STEPS}; "
            "repeat less, begin it with fixed characters, or write {m,n}+ where a repeat need "
            "not give back what it took"
        )
    return Group("(?:", node)


__all__ = ["BadPattern", "Match", "Wanted", "in_time", "pattern", "value"]
