"""Tool-call ids that every upstream and every client accepts (`wire/README.md` rule 3)."""

import re
from hashlib import sha256
from secrets import token_hex

import msgspec

from providers.messages import Part, ToolCall, ToolResult, Turn

_VALID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def valid(call_id: str) -> bool:
    """True when an id keeps to `^[a-zA-Z0-9_-]{1,64}$`."""
    return _VALID.fullmatch(call_id) is not None


def clean(call_id: object, seen: set[str]) -> str:
    """The id to use for one call of an answer, remembered in `seen`.

    What the upstream gave is kept when it is valid and new in this answer; missing,
    invalid and repeated ids become `call_<random>`.
    """
    kept = call_id if isinstance(call_id, str) and valid(call_id) and call_id not in seen else None
    chosen = kept or f"call_{token_hex(12)}"
    seen.add(chosen)
    return chosen


def in_history(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The turns with invalid and repeated ids replaced, in calls and their results alike.

    A result belongs to the latest call of its id. The replacement is derived from the
    old id and its place, not random, so that one history always gives the same bytes
    and the upstream's prompt cache still matches.
    """
    seen: set[str] = set()
    latest: dict[str, str] = {}
    return tuple(_turn(turn, seen, latest) for turn in turns)


def _turn(turn: Turn, seen: set[str], latest: dict[str, str]) -> Turn:
    parts = tuple(_part(part, seen, latest) for part in turn.parts)
    same = all(new is old for new, old in zip(parts, turn.parts, strict=True))
    return turn if same else msgspec.structs.replace(turn, parts=parts)


def _part(part: Part, seen: set[str], latest: dict[str, str]) -> Part:
    match part:
        case ToolCall(id=call_id):
            new = latest[call_id] = _derived(call_id, seen)
            seen.add(new)
            return part if new == call_id else msgspec.structs.replace(part, id=new)
        case ToolResult(call_id=call_id):
            new = latest.get(call_id) or (call_id if valid(call_id) else _derived(call_id, seen))
            return part if new == call_id else msgspec.structs.replace(part, call_id=new)
        case _:
            return part


def _derived(call_id: str, seen: set[str]) -> str:
    if valid(call_id) and call_id not in seen:
        return call_id
    place = len(seen)
    return f"call_{sha256(f'{place}:{call_id}'.encode('utf-8', 'replace')).hexdigest()[:24]}"
