"""How many tokens turns take, as far as that is known before an upstream counts them."""

from collections.abc import Iterable

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

CHARACTERS = 4  # a token, as a rule of thumb


def estimate(turns: Iterable[Turn]) -> int:
    """Characters of every text, of tool arguments and results too, over four, rounded up."""
    characters = sum(_characters(part) for turn in turns for part in turn.parts)
    return -(-characters // CHARACTERS)


def _characters(part: Part) -> int:
    match part:
        case Text() | Reasoning() | Refusal():
            return len(part.text)
        case ToolCall():
            return len(part.arguments)
        case ToolResult():
            return sum(_characters(each) for each in part.parts)
        case Image() | Audio() | File():
            return 0
