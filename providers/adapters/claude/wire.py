"""The stream's JSON as typed values: only what is read, everything optional."""

from typing import Any

import msgspec

from providers.events import FinishReason
from providers.messages import Usage

BLOCKS = frozenset({"text", "thinking", "redacted_thinking", "tool_use"})
DELTAS = frozenset({"text_delta", "input_json_delta", "thinking_delta", "signature_delta"})
EVENTS = frozenset(
    {
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    }
)
_FINISH: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


class Delta(msgspec.Struct):
    """A block's delta, or a message's: the two never share an event."""

    type: str = ""
    text: str | None = None
    partial_json: str | None = None
    thinking: str | None = None
    signature: str | None = None
    stop_reason: str | None = None
    stop_details: Any = None


class Block(msgspec.Struct):
    type: str = ""
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw = msgspec.Raw(b"{}")


class Message(msgspec.Struct):
    id: str | None = None
    model: str | None = None
    usage: dict[str, Any] | None = None


class Event(msgspec.Struct):
    type: str = ""
    index: int = 0
    delta: Delta | None = None
    content_block: Block | None = None
    message: Message | None = None
    usage: dict[str, Any] | None = None
    error: Any = None


decode = msgspec.json.Decoder(Event).decode


def is_known(document: Any) -> bool:
    """True when a document is one that a reader must understand, down to its inner type."""
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        return True
    kind = document["type"]
    if kind == "content_block_delta":
        return _inner(document.get("delta")) in DELTAS
    if kind == "content_block_start":
        return _inner(document.get("content_block")) in BLOCKS
    return kind in EVENTS


def _inner(value: Any) -> str | None:
    """The inner type, "text_delta" or "text" and the like; a broken one counts as known text."""
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else "text_delta"


def finish(native: str, called: bool) -> FinishReason:
    """OpenAI's word for a stop reason; unknown ones are a plain stop."""
    reason = _FINISH.get(native, "stop")
    return "tool_calls" if called and reason == "stop" else reason


def usage(native: dict[str, Any]) -> Usage:
    """`input_tokens` leaves out what the cache read and wrote; the neutral input does not."""
    read = _count(native, "cache_read_input_tokens")
    written = _count(native, "cache_creation_input_tokens")
    details = native.get("output_tokens_details")
    return Usage(
        input=_count(native, "input_tokens") + read + written,
        cached_read=read,
        cache_write=written,
        output=_count(native, "output_tokens"),
        reasoning=_count(details, "thinking_tokens") if isinstance(details, dict) else 0,
        native=native,
    )


def _count(native: dict[str, Any], name: str) -> int:
    value = native.get(name)
    return value if isinstance(value, int) and value > 0 else 0
