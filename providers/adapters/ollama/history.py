"""A conversation as Ollama's `messages`: one flat list, content as text, images beside it."""

from collections.abc import Iterable
from typing import Any

import msgspec

from providers import wording
from providers.errors import ErrorKind, ProviderError, failure
from providers.messages import (
    Audio,
    File,
    Image,
    Part,
    Reasoning,
    Refusal,
    Segment,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)

Message = dict[str, Any]


def messages(system: tuple[Segment, ...], turns: tuple[Turn, ...]) -> list[Message]:
    """Instructions stay where they stood between the turns; developer ones become system.

    Raises ProviderError(bad_request) for tool arguments that are not an object, and
    ProviderError(unsupported) for audio, files and images by address.
    """
    found: list[Message] = []
    waiting = list(system)
    for place, turn in enumerate(turns):
        while waiting and waiting[0].after <= place:
            found.append(_instruction(waiting.pop(0)))
        found += _of_turn(turn)
    return found + [_instruction(segment) for segment in waiting]


def _instruction(segment: Segment) -> Message:
    return {"role": "system", "content": segment.text}


def _of_turn(turn: Turn) -> list[Message]:
    """Each tool result is a message of its own, before what else the turn says."""
    results = [_result(part) for part in turn.parts if isinstance(part, ToolResult)]
    others = [part for part in turn.parts if not isinstance(part, ToolResult)]
    if results and not others:
        return results
    message: Message = {"role": "user" if turn.role == "tool" else turn.role}
    _add_content(message, others)
    thoughts = "".join(part.text for part in others if isinstance(part, Reasoning))
    if thoughts:
        message["thinking"] = thoughts
    calls = [part for part in others if isinstance(part, ToolCall)]
    if calls:
        message["tool_calls"] = [_call(index, call) for index, call in enumerate(calls)]
    return [*results, message]


def _add_content(message: Message, parts: Iterable[Part]) -> None:
    texts: list[str] = []
    images: list[bytes] = []
    for part in parts:
        if isinstance(part, Text | Refusal):
            texts.append(part.text)
        elif isinstance(part, Image):
            images.append(_content_of(part))
        elif isinstance(part, Audio | File):
            raise _unsupported(f"takes no {type(part).__name__.lower()} content")
    message["content"] = "\n".join(texts)
    if images:
        message["images"] = images


def _content_of(image: Image) -> bytes:
    """The raw bytes: the encoder writes them as base64, which is what the wire wants."""
    if not image.data:
        raise _unsupported("takes images by content only, not by address")
    return image.data


def _unsupported(what: str) -> ProviderError:
    text = f"Ollama {what}. Leave that part of the message out, or ask another provider."
    return ProviderError(failure(ErrorKind.UNSUPPORTED, text, accepted=False, param="messages"))


def _call(index: int, call: ToolCall) -> Message:
    function = {"index": index, "name": call.name, "arguments": _arguments(call)}
    return {"id": call.id, "function": function}


def _arguments(call: ToolCall) -> msgspec.Raw:
    """The text as it is, once it is known to be an object: numbers keep their spelling."""
    text = call.arguments.strip() or "{}"
    if not isinstance(wording.decode(text.encode()), dict):
        raise ProviderError(
            failure(
                ErrorKind.BAD_REQUEST,
                f"The arguments of the tool call {wording.shown(call.id)!r} "
                f"({wording.shown(call.name)}) are not a JSON object. "
                "Send them as the model gave them.",
                accepted=False,
                param="messages",
            )
        )
    return msgspec.Raw(text.encode())


def _result(result: ToolResult) -> Message:
    message: Message = {"role": "tool", "tool_call_id": result.call_id}
    if result.name:
        message["tool_name"] = result.name
    _add_content(message, result.parts)
    return message
