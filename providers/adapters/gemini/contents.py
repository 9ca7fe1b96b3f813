"""Turns as Gemini's `contents`: two roles that alternate, calls and results side by side."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from providers.adapters.gemini import parts as wire
from providers.adapters.gemini.parts import Wire
from providers.adapters.gemini.states import (
    CALL,
    SENTINEL,
    TEXT,
    THOUGHT,
    SignedCall,
    SignedSpan,
    read,
)
from providers.messages import Part, Reasoning, Refusal, Text, ToolCall, ToolResult, Turn

# The first turn must be a user's, and its text must not be empty.
_OPENING: Wire = {"role": "user", "parts": [{"text": " "}]}


def contents(turns: Iterable[Turn], origin: str, signs_calls: bool) -> list[Wire]:
    """All turns, merged so that roles alternate. Raises ProviderError for what cannot be sent.

    `signs_calls`: every step's first call must have a signature, a stand-in if need be.
    """
    merged: list[Wire] = []
    called: dict[str, str | None] = {}
    for role, group in groupby(turns, key=_role):
        if role == "model":
            called = {}
            found = [p for turn in group for p in _model(turn, origin, signs_calls, called)]
        else:
            found = _user([part for turn in group for part in turn.parts], called)
        if merged and merged[-1]["role"] == role:
            merged[-1]["parts"] += found
        elif found:
            merged.append({"role": role, "parts": found})
    return merged if merged and merged[0]["role"] == "user" else [_OPENING, *merged]


def _role(turn: Turn) -> str:
    return "model" if turn.role == "assistant" else "user"


def _user(parts: list[Part], called: dict[str, str | None]) -> list[Wire]:
    """Results first, in the order of their calls, then what the user said."""
    order = {call_id: place for place, call_id in enumerate(called)}
    results = [part for part in parts if isinstance(part, ToolResult)]
    results.sort(key=lambda result: order.get(result.call_id, len(order)))
    answered = [w for r in results for w in wire.result(r, called.get(r.call_id))]
    answered.sort(key=lambda w: "functionResponse" not in w)
    return answered + [w for part in parts for w in wire.content(part)]


def _model(turn: Turn, origin: str, signs_calls: bool, called: dict[str, str | None]) -> list[Wire]:
    """Thoughts that were signed, text, then calls. `called` learns call id -> the model's id."""
    found = [*_thoughts(turn, origin), *_said(turn, origin)]
    stand_in = SENTINEL if signs_calls else None
    for part in turn.parts:
        if isinstance(part, ToolCall):
            signed = read(part.state, origin, CALL, SignedCall) or SignedCall()
            if signed.signature is None and stand_in is not None:
                signed = SignedCall(stand_in, signed.id)
            found.append(wire.call(part, signed))
            called[part.id] = signed.id
            stand_in = None
        elif not isinstance(part, Text | Refusal):
            found += wire.content(part)
    return found


def _thoughts(turn: Turn, origin: str) -> list[Wire]:
    """Only signed thoughts go back; the others are the client's to read."""
    text = "".join(part.text for part in turn.parts if isinstance(part, Reasoning))
    return [
        {"text": text[span.start : span.end], "thought": True, "thoughtSignature": span.signature}
        for span in _spans(turn, origin, THOUGHT, len(text))
    ]


def _said(turn: Turn, origin: str) -> list[Wire]:
    """The turn's text, cut where a signed part began and ended."""
    text = "".join(part.text for part in turn.parts if isinstance(part, Text | Refusal))
    found: list[Wire] = []
    at = 0
    for span in _spans(turn, origin, TEXT, len(text)):
        found += wire.text_pieces(text[at : span.start])
        signed: list[dict[str, Any]] = wire.text_pieces(text[span.start : span.end])
        signed = signed or [{"text": ""}]
        signed[-1]["thoughtSignature"] = span.signature
        found += signed
        at = span.end
    return found + wire.text_pieces(text[at:])


def _spans(turn: Turn, origin: str, kind: str, length: int) -> list[SignedSpan]:
    """Own spans in order, without those that the text, edited since, no longer has."""
    states = [part.state for part in turn.parts if isinstance(part, Reasoning | Text)]
    found = [s for state in states if (s := read(state, origin, kind, SignedSpan))]
    kept: list[SignedSpan] = []
    for span in sorted(found, key=lambda s: (s.start, s.end)):
        at = kept[-1].end if kept else 0
        if at <= span.start <= span.end <= length:
            kept.append(span)
    return kept
