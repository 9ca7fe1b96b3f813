"""How many tokens something is, where nobody has told us: about four characters each.

Used before a call is made, and after one whose provider reported no usage: a stream that was
cut short, above all, which is counted by what was sent and by what came of the answer.
"""

import msgspec

from lakehouse.gateway.dialect.answer import Answer
from providers.messages import (
    Audio,
    File,
    Image,
    Part,
    Reasoning,
    Refusal,
    Request,
    Text,
    ToolCall,
    ToolResult,
    Usage,
)

CHARACTERS = 4
ATTACHED = 1000  # an image, a sound or a file
_SMALL = 16 * 1024
_BASE64 = b";base64,"


def of_body(body: bytes) -> int:
    """A request as it came: its JSON included, but what is attached as base64 not by its size."""
    size, attached = len(body), 0
    if size > _SMALL:
        at = body.find(_BASE64)
        while at >= 0:
            end = body.find(b'"', at)
            end = len(body) if end < 0 else end
            size, attached = size - (end - at), attached + ATTACHED
            at = body.find(_BASE64, end)
    return _tokens(size) + attached


def used(answer: Answer, request: Request | None, outcome: str) -> Usage:
    """A try's usage: what was reported, and an estimate for what was not.

    A failed try of which nothing came is nothing: its provider did not bill it.
    """
    told = answer.usage
    if answer.ended and told.input + told.output:
        return told
    output = _tokens(answer.characters)
    if request is None or (outcome in ("failed", "skipped") and not output):
        return told
    return msgspec.structs.replace(
        told, input=told.input or of_request(request), output=max(told.output, output)
    )


def of_request(request: Request) -> int:
    """A request as it was sent."""
    parts = [part for turn in request.turns for part in turn.parts]
    size = sum(len(segment.text) for segment in request.system) + sum(map(_characters, parts))
    if request.tools:
        size += len(msgspec.json.encode(request.tools))
    return _tokens(size)


def _characters(part: Part) -> int:
    match part:
        case Text() | Reasoning() | Refusal():
            return len(part.text)
        case ToolCall():
            return len(part.name) + len(part.arguments)
        case ToolResult():
            return sum(map(_characters, part.parts))
        case Image() | Audio() | File():
            return ATTACHED * CHARACTERS


def _tokens(characters: int) -> int:
    return -(-characters // CHARACTERS)
