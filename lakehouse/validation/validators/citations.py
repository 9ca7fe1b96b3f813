"""`citations`: each passage that the answer cites, like [p1], was given to it.

`required`: the answer cites one at least, where any was given.
"""

import re
from collections.abc import Mapping
from typing import Any

from lakehouse.validation.errors import WHOLE, Invalid
from lakehouse.validation.subject import Subject

# [p1], [p1, p2], [p1][p2]: as the prompt asks for them. Bounded, so that it takes linear time.
_CITED = re.compile(r"\[ ?(p\d{1,6}(?: ?[,;] ?p\d{1,6}){0,30}) ?\]", re.ASCII)
_ID = re.compile(r"p\d{1,6}", re.ASCII)


class Citations:
    apart = False

    def __init__(self, required: bool) -> None:
        self._required = required

    def check(self, subject: Subject) -> list[Invalid]:
        given = subject.citations or frozenset()
        cited = {n: None for group in _CITED.findall(subject.text) for n in _ID.findall(group)}
        if self._required and given and not cited:
            text = f"It cites none of the {len(given)} passages it was given. Cite them like [p1]."
            return [Invalid("completeness", WHOLE, text)]
        return [
            Invalid("consistency", WHOLE, f"It cites [{name}], which {_told(given)}.")
            for name in cited
            if name not in given
        ]


def make(settings: Mapping[str, Any]) -> Citations:
    return Citations(bool(settings.get("required", False)))


def _told(given: frozenset[str]) -> str:
    if not given:
        return "it was not given: it was given no passages"
    return f"it was not given: there are {len(given)} passages"
