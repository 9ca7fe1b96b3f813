"""Prompt and answer as a trace may show them: cut to size, without secrets and without files.

Cutting is done when the call ends, so that a full queue stays small; redacting, which
takes a thousand times as long, by the thread that sends.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from lakehouse.gateway.dialect.answer import Answer
from providers.messages import Part, Reasoning, Refusal, Request, Text, ToolCall, ToolResult
from providers.redact import redact

MOST = 16_000  # characters of a prompt, and of an answer
# A secret that the cut would halve lies in what is cut off after redacting.
SPARE = 4_000


class Piece(msgspec.Struct):
    """One part of a message. `kind` is a part's type in OpenTelemetry's message schema.

    `most` characters of the text may be shown; `cut`: it goes on behind what is here.
    """

    kind: str
    text: str = ""
    most: int = 0
    cut: bool = False
    id: str = ""
    name: str = ""


class Message(msgspec.Struct):
    role: str
    pieces: list[Piece]
    finish: str = ""


class Content(msgspec.Struct):
    """`size` is in characters."""

    asked: list[Message]
    answered: list[Message]
    size: int


def taken(request: Request, answer: Answer) -> Content:
    """The newest messages that fit, then the instructions; the answer's beginning."""
    room = _Room()
    asked = []
    for turn in reversed(request.turns):
        if room.left <= 0:
            break
        asked.append(Message(turn.role, room.pieces(turn.parts)))
    asked.reverse()
    system = [Message(s.role, [room.piece("text", s.text)]) for s in request.system if room.left]
    room_of_answer = _Room()
    answered = [
        Message("assistant", room_of_answer.pieces(choice.parts()), _finish(choice.finish))
        for _, choice in sorted(answer.choices.items())
        if room_of_answer.left
    ]
    return Content(system + asked, answered, 2 * MOST - room.left - room_of_answer.left)


def shown(messages: Iterable[Message]) -> str:
    """As `gen_ai.input.messages` and `gen_ai.output.messages` have it."""
    return msgspec.json.encode([_message(message) for message in messages]).decode()


def clean(text: str) -> str:
    """Without secrets, and without what no protocol buffer can hold."""
    return redact(text).encode("utf-8", "replace").decode()


class _Room:
    """Hands out texts until MOST characters are given; a message costs some of its own."""

    def __init__(self) -> None:
        self.left = MOST

    def pieces(self, parts: Iterable[Part]) -> list[Piece]:
        return [self._of(part) for part in parts if self.left and not isinstance(part, Reasoning)]

    def piece(self, kind: str, text: str, **more: str) -> Piece:
        here = self.left + SPARE
        given = Piece(kind, text[:here], self.left, cut=len(text) > here, **more)
        self.left = max(0, self.left - len(text) - 20)
        return given

    def _of(self, part: Part) -> Piece:
        match part:
            case Text() | Refusal():
                return self.piece("text", part.text)
            case ToolCall():
                return self.piece("tool_call", part.arguments, id=part.id, name=part.name)
            case ToolResult():
                most = MOST + SPARE
                words = "\n".join(p.text[:most] for p in part.parts if isinstance(p, Text))
                return self.piece("tool_call_response", words, id=part.call_id, name=part.name)
            case _:
                return self.piece(type(part).__name__.lower(), "")


def _finish(finish: Any) -> str:
    return finish.reason if finish else ""


def _message(message: Message) -> dict[str, Any]:
    shown: dict[str, Any] = {"role": message.role, "parts": [_piece(p) for p in message.pieces]}
    if message.finish:
        shown["finish_reason"] = message.finish
    return shown


def _piece(piece: Piece) -> dict[str, str]:
    text = clean(piece.text)
    if piece.cut:
        text = text[:-SPARE]
    if piece.cut or len(text) > piece.most:
        text = f"{text[: piece.most]}…"
    named = {"id": clean(piece.id[:200]), "name": clean(piece.name[:200])}
    match piece.kind:
        case "text":
            return {"type": "text", "content": text}
        case "tool_call":
            return {"type": "tool_call", **named, "arguments": text}
        case "tool_call_response":
            return {"type": "tool_call_response", "id": named["id"], "response": text}
        case kind:
            return {"type": kind}
