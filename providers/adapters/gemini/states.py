"""Thought signatures: how they are kept between calls, and where they go back.

A signature belongs to exactly one part (`wire/gemini.md`, "thoughtSignature"). On a
call it travels as the call's own state. On text and thoughts the state says which
characters of the answer were that part, so that the part can be cut out again.
"""

from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from providers.adapters.gemini import names
from providers.messages import Part, Reasoning, Request, State, Text, ToolCall, Turn

CALL = "function_call"
TEXT = "text"
THOUGHT = "thought"
# Documented stand-in for calls that Gemini did not make, or whose signature is lost.
SENTINEL = "skip_thought_signature_validator"

T = TypeVar("T")
Place = Annotated[int, Meta(ge=0)]


class SignedCall(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a `functionCall` part carried beside its name: `id` only if the model gave one."""

    signature: str | None = None
    id: str | None = None


class SignedSpan(msgspec.Struct, frozen=True):
    """The part that was `[start:end]` of the answer's text, in characters; often empty."""

    signature: str
    start: Place
    end: Place


def made(origin: str, kind: str, value: SignedCall | SignedSpan) -> State:
    """The state to hand out: plain data, since it travels through the client's JSON."""
    return State(origin, kind, msgspec.to_builtins(value))


def read(state: State | None, origin: str, kind: str, shape: type[T]) -> T | None:
    """What a state holds, or None when it is foreign, of another kind, or was tampered with."""
    if state is None or state.origin != origin or state.kind != kind:
        return None
    try:
        return msgspec.convert(state.value, shape)
    except msgspec.ValidationError:
        return None


def replaced(request: Request) -> Request | None:
    """The request without any state, each step's first call with the stand-in instead.

    None when that is what the request says already.
    """
    origin = names.origin(request.model)
    turns = tuple(_replaced(turn, origin) for turn in request.turns)
    return None if turns == request.turns else msgspec.structs.replace(request, turns=turns)


def _replaced(turn: Turn, origin: str) -> Turn:
    parts: list[Part] = []
    stand_in: State | None = made(origin, CALL, SignedCall(SENTINEL))
    for part in turn.parts:
        new: Part = part
        if isinstance(part, ToolCall):
            new = _with(part, stand_in)
            stand_in = None
        elif isinstance(part, Text | Reasoning):
            new = _with(part, None)
        parts.append(new)
    return msgspec.structs.replace(turn, parts=tuple(parts))


def _with(part: Any, state: State | None) -> Any:
    return part if part.state == state else msgspec.structs.replace(part, state=state)
