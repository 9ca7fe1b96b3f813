"""Which conditions a request cannot fulfil, told from its bytes: most requests fulfil none.

A condition is ruled out only where it certainly does not hold; all others are decided.
"""

from typing import Any

import msgspec

from lakehouse.truth.conditions import Condition, FieldContainsAny, FieldGreater
from lakehouse.truth.paths import Path

CHARACTERS = Path("call", ("prompt_characters",))


class Needs(msgspec.Struct, frozen=True):
    """What a request must have for a condition to hold: one of `texts`, more bytes than `over`."""

    texts: tuple[bytes, ...] = ()
    over: float = -1

    def may_be_met(self, raw: bytes, *, escaped: bool) -> bool:
        if len(raw) <= self.over:
            return False
        return escaped or not self.texts or any([text in raw for text in self.texts])


def needs(condition: Condition) -> Needs:
    if isinstance(condition, FieldContainsAny):
        wanted = condition.wanted.needed
        if all(path.root == "request" for path in condition.fields) and all(map(_plain, wanted)):
            return Needs(tuple(text.encode() for text in wanted))
    elif isinstance(condition, FieldGreater) and condition.field == CHARACTERS:
        numbers = [number for number in condition.values if _is_number(number)]
        if numbers and len(numbers) == len(condition.values):
            # A character is written in a byte at least.
            return Needs(over=min(numbers))
    return Needs()


def escaped(raw: bytes) -> bool:
    """Whether a text may be written in JSON otherwise than as it is."""
    return b"\\u" in raw or b"\\/" in raw


def _plain(text: str) -> bool:
    """Whether JSON has no way to write it but as it is, or with \\u or \\/."""
    return all(c >= " " and c not in '"\\' for c in text)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
