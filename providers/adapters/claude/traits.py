"""What each Claude model takes, read from its name (`wire/anthropic.md`).

The vendor's model list says more, but a call has no list at hand; a name that is
no Claude's (another server that speaks this format) gets the plainest treatment.
"""

import re
from functools import lru_cache
from typing import Literal

import msgspec

_NAME = re.compile(r"claude-(?:([a-z]+)-)?(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?(?:-([a-z]+))?")
_SNAPSHOT = re.compile(r"[-@]\d{8}.*$|-latest$")


class Traits(msgspec.Struct, frozen=True):
    """`family` is the model without its snapshot date: what thinking signatures belong to.

    `thinking`: manual takes a token budget, adaptive an effort. `sampling`: free takes
    temperature and top_p, either takes one of them, none takes neither. `ceiling` is the
    most output tokens where that is below the largest thinking budget, else None.
    """

    family: str
    thinking: Literal["none", "manual", "adaptive"] = "manual"
    thinks_unasked: bool = False
    can_stop_thinking: bool = True
    hides_thinking: bool = False
    xhigh: bool = False
    sampling: Literal["free", "either", "none"] = "free"
    prefill: bool = True
    system_turns: bool = False
    structured: bool = True
    ceiling: int | None = None


@lru_cache(maxsize=256)
def of(model: str) -> Traits:
    """The traits of a model by its upstream name, with or without a snapshot date."""
    family = _SNAPSHOT.sub("", model).removeprefix("claude-")
    match = _NAME.search(model)
    if match is None:
        return Traits(family=family)
    tier = match[1] or match[4] or ""
    version = (int(match[2]), int(match[3] or 0))
    adaptive = version >= (4, 6)
    newest = version >= (4, 7)
    return Traits(
        family=family,
        thinking="adaptive" if adaptive else "manual" if version >= (3, 7) else "none",
        thinks_unasked=version >= (5, 0),
        can_stop_thinking=not (tier == "fable" and version >= (5, 0)),
        hides_thinking=newest,
        xhigh=newest,
        sampling="none" if newest else "either" if version >= (4, 0) else "free",
        prefill=not adaptive,
        system_turns=tier == "opus" and version >= (4, 8),
        structured=version >= (4, 5) or (tier == "opus" and version == (4, 1)),
        ceiling=32000 if tier == "opus" and (4, 0) <= version < (4, 5) else None,
    )


def origin(model: str) -> str:
    """Whose thinking states a model may be sent: `State.origin`."""
    return f"claude:{of(model).family}"
