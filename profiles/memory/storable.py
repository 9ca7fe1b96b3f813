"""What is stored of a turn: no pictures and no more than a bound, but always a turn again.

Of inline bytes a note stays. An exchange larger than `MOST_BYTES` loses its reasoning, then
the ends of its longest texts, then everything but its roles.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from providers.messages import (
    Audio,
    File,
    Image,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)

MOST_BYTES = 1_000_000  # of an exchange, as JSON
MOST_STATE_BYTES = 64_000  # of what only one upstream understands
_LENGTHS = (100_000, 20_000, 4_000, 500)  # characters that a text keeps, tried in turn
_ARGUMENTS = '{"note": "these arguments were too long to be kept"}'
# Ends a text that was cut. The digest tells whether a client sends the whole text again.
CUT = r"\n\[cut here: \d+ more characters, ([0-9a-f]{16})\]\Z"


def storable(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """An exchange as it is stored."""
    whole = tuple(plain(turn) for turn in turns)
    if _state_bytes(whole) > MOST_STATE_BYTES:
        whole = tuple(_without_states(turn) for turn in whole)
    if _size(whole) <= MOST_BYTES:
        return whole
    spoken = [replace(turn, parts=_spoken(turn)) for turn in whole]
    for length in _LENGTHS:
        cut = tuple(replace(t, parts=tuple(_cut(p, length) for p in t.parts)) for t in spoken)
        if _size(cut) <= MOST_BYTES:
            return cut
    note = Text("[what was said here was too large to keep]")
    return Turn("user", (note,)), Turn("assistant", (note,))


def plain(turn: Turn) -> Turn:
    """The turn with notes for inline bytes, and without the NULs that the database refuses."""
    noted = replace(turn, parts=tuple(_noted(part) for part in turn.parts))
    if b"\\u0000" not in msgspec.json.encode(noted):
        return noted
    return msgspec.convert(_without_nul(msgspec.to_builtins(noted)), Turn)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _noted(part: Part) -> Any:
    match part:
        case Image(data=bytes()):
            return Text("[an image was here]")
        case Audio():
            return Text("[an audio recording was here]")
        case File(data=bytes()):
            return Text(f"[a file was here: {part.name}]" if part.name else "[a file was here]")
        case ToolResult():
            return replace(part, parts=tuple(_noted(each) for each in part.parts))
        case _:
            return part


def _without_nul(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "\ufffd")
        case list() | tuple():
            return [_without_nul(each) for each in value]
        case dict():
            return {_without_nul(key): _without_nul(each) for key, each in value.items()}
        case _:
            return value


def _size(turns: Sequence[Turn]) -> int:
    return len(msgspec.json.encode(turns))


def _state_bytes(turns: Sequence[Turn]) -> int:
    states = [getattr(part, "state", None) for turn in turns for part in turn.parts]
    return len(msgspec.json.encode([state for state in states if state is not None]))


def _without_states(turn: Turn) -> Turn:
    parts = tuple(
        replace(part, state=None) if isinstance(part, Text | Reasoning | ToolCall) else part
        for part in turn.parts
    )
    return replace(turn, parts=parts)


def _spoken(turn: Turn) -> tuple[Part, ...]:
    return tuple(part for part in turn.parts if not isinstance(part, Reasoning))


def _cut(part: Part, length: int) -> Any:
    match part:
        case Text() | Refusal():
            return replace(part, text=_start(part.text, length))
        case ToolCall() if len(part.arguments) > length:
            return replace(part, arguments=_ARGUMENTS)
        case ToolResult():
            return replace(part, parts=tuple(_cut(each, length) for each in part.parts))
        case _:
            return part


def _start(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return f"{text[:length]}\n[cut here: {len(text) - length} more characters, {digest(text)}]"
