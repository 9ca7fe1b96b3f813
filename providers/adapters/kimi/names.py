"""Function names that Kimi takes: a letter or _ first, three characters at least."""

import re
from typing import Final

from providers.messages import Request, ToolCall

_VALID: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]{2,63}")
_FOREIGN: Final = re.compile(r"[^a-zA-Z0-9_-]")
_PREFIX: Final = "tool_"
_LONGEST: Final = 64


def sent(request: Request) -> dict[str, str]:
    """The client's names, of tools and of earlier calls, to those that are sent.

    Valid names stay; `ls`, being too short, becomes `tool_ls`. No two become the same.
    """
    called = (p.name for turn in request.turns for p in turn.parts if isinstance(p, ToolCall))
    names = dict.fromkeys([*(tool.name for tool in request.tools), *called])
    chosen = {name: name for name in names if _VALID.fullmatch(name)}
    taken = set(chosen)
    for name in names:
        if name not in chosen:
            chosen[name] = _new(_PREFIX + _FOREIGN.sub("_", name), taken)
            taken.add(chosen[name])
    return chosen


def _new(wanted: str, taken: set[str]) -> str:
    new, number = wanted[:_LONGEST], 2
    while new in taken:
        ending = f"_{number}"
        new, number = wanted[: _LONGEST - len(ending)] + ending, number + 1
    return new
