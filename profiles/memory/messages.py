"""Stored turns as people and programs know them: messages of OpenAI's chat dialect."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, assert_never

from profiles.memory.session import SessionTurn
from profiles.memory.storing import read
from providers.endpoint import LABELS
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

Message = dict[str, Any]


def messages_of(turns: Iterable[Turn]) -> list[Message]:
    """Each turn as one message, or one a result; an upstream's own state is left out."""
    return [message for turn in turns for message in _messages(turn)]


def document(turn: SessionTurn) -> dict[str, Any]:
    """One exchange as REST, exports and commands show it."""
    return {
        "call_id": turn.call_id,
        "created": turn.created,
        "model": turn.model,
        "label": LABELS[turn.label_rank],
        "tokens": turn.tokens,
        "messages": messages_of(read(turn)),
    }


def texts_of(content: Any) -> list[str]:
    """A message's content as people read it, part by part."""
    if not isinstance(content, list):
        return [content] if content else []
    return [_text_of(part) for part in content]


def _text_of(part: dict[str, Any]) -> str:
    match part["type"]:
        case "image_url":
            return f"[image: {part['image_url']['url']}]"
        case "file":
            return f"[file: {part['file']['file_id']}]"
    return str(part["text"])


def _messages(turn: Turn) -> Iterator[Message]:
    for part in turn.parts:
        if isinstance(part, ToolResult):
            content = _content(part.parts)
            yield {"role": "tool", "tool_call_id": part.call_id, "content": content}
    if turn.role == "tool":
        return
    message: Message = {"role": turn.role, "content": _content(turn.parts)}
    if turn.name:
        message["name"] = turn.name
    if thought := "".join(part.text for part in turn.parts if isinstance(part, Reasoning)):
        message["reasoning_content"] = thought
    if refusal := "".join(part.text for part in turn.parts if isinstance(part, Refusal)):
        message["refusal"] = refusal
    if calls := [_call(part) for part in turn.parts if isinstance(part, ToolCall)]:
        message["tool_calls"] = calls
    yield message


def _call(call: ToolCall) -> Message:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def _content(parts: Sequence[Part]) -> str | list[Message] | None:
    """A text, a list where there is more than one part, None where there is nothing."""
    found = [shown for part in parts if (shown := _shown(part))]
    if len(found) == 1 and found[0]["type"] == "text":
        text: str = found[0]["text"]
        return text
    return found or None


def _shown(part: Part) -> Message | None:
    match part:
        case Text():
            return {"type": "text", "text": part.text}
        case Image():
            detail = {"detail": part.detail} if part.detail else {}
            return {"type": "image_url", "image_url": {"url": part.url, **detail}}
        case File():
            return {"type": "file", "file": {"file_id": part.file_id}}
        case Audio() | Reasoning() | Refusal() | ToolCall() | ToolResult():
            return None
        case _:
            assert_never(part)
