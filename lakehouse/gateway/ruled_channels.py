"""The texts that an answer streams, each a channel: where it stands in the whole answer."""

from typing import Any

import msgspec

from lakehouse.truth.paths import Location
from providers.events import (
    End,
    Event,
    Fail,
    Finish,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolArgs,
    ToolEnd,
    ToolStart,
)

Piece = TextDelta | ReasoningDelta | RefusalDelta | ToolArgs
_NAMES = {TextDelta: "content", ReasoningDelta: "reasoning_content", RefusalDelta: "refusal"}


def place(event: Event) -> Location | None:
    """Of the text that an event brings a piece of; None for any other event."""
    if isinstance(event, ToolArgs):
        slot = str(event.slot)
        return (
            "choices",
            str(event.choice),
            "message",
            "tool_calls",
            slot,
            "function",
            "arguments",
        )
    if isinstance(event, Piece):
        return ("choices", str(event.choice), "message", _NAMES[type(event)])
    return None


def names(event: Event) -> list[tuple[Location, str]]:
    """The texts that an event brings whole, and that nothing replaces."""
    if not isinstance(event, ToolStart):
        return []
    call = ("choices", str(event.choice), "message", "tool_calls", str(event.slot))
    return [((*call, "id"), event.id), ((*call, "function", "name"), event.name)]


def over(event: Event) -> Location | None:
    """The place within which nothing more comes after the event; None where more may."""
    match event:
        case ToolEnd():
            slot = str(event.slot)
            return ("choices", str(event.choice), "message", "tool_calls", slot)
        case Finish():
            return ("choices", str(event.choice))
        case End() | Fail():
            return ()
        case _:
            return None


def text_of(event: Event) -> str:
    if isinstance(event, ToolArgs):
        return event.fragment
    return event.text if isinstance(event, Piece) else ""


def saying(event: Event, text: str) -> Event:
    """The event with another text; without the tokens that spelt out the one it had."""
    changed: dict[str, Any] = {"fragment" if isinstance(event, ToolArgs) else "text": text}
    if isinstance(event, TextDelta):
        changed["logprobs"] = None
    return msgspec.structs.replace(event, **changed)
