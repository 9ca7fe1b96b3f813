"""`max_length`: no more than so many characters, words or tokens (as estimated)."""

from collections.abc import Callable, Mapping
from typing import Any

from lakehouse.validation.errors import WHOLE, Invalid
from lakehouse.validation.subject import Subject

CHARACTERS_A_TOKEN = 4  # a rule of thumb, the one that memory's token cap goes by


class MaxLength:
    apart = False

    def __init__(self, most: Mapping[str, int]) -> None:
        self._most = most

    def check(self, subject: Subject) -> list[Invalid]:
        found = []
        for unit, most in self._most.items():
            count = _COUNTS[unit](subject.text)
            if count > most:
                about = "about " if unit == "tokens" else ""
                text = f"It has {about}{count} {unit}, {most} at most are allowed."
                found.append(Invalid("policy", WHOLE, text))
        return found


_COUNTS: dict[str, Callable[[str], int]] = {
    "characters": len,
    "words": lambda text: len(text.split()),
    "tokens": lambda text: -(-len(text) // CHARACTERS_A_TOKEN),
}


def make(settings: Mapping[str, Any]) -> MaxLength:
    return MaxLength(settings)
