"""When two turns are the same one: the one that was stored, and the one a client sends again.

A client does not send reasoning or an upstream's state back as it came, and sends pictures of
which only a note was stored.
"""

import re
from collections.abc import Hashable
from typing import assert_never

from profiles.memory.storable import CUT, digest, plain
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


def likeness(turn: Turn) -> Hashable:
    """Equal for turns that are the same."""
    parts = (_mark(part) for part in plain(turn).parts)
    return turn.role, tuple(mark for mark in parts if mark)


def _mark(part: Part) -> tuple[Hashable, ...]:
    match part:
        case Text() | Refusal():
            return ("text", _whole(part.text)) if part.text else ()
        case ToolCall():
            return "call", part.id
        case ToolResult():
            return "result", part.call_id, *(_mark(each) for each in part.parts)
        case Image():
            return "image", part.url
        case File():
            return "file", part.file_id
        case Reasoning() | Audio():
            return ()
        case _:
            assert_never(part)


def _whole(text: str) -> str:
    """A digest of the text as it was before it was cut."""
    cut = re.search(CUT, text)
    return cut[1] if cut else digest(text)
