"""Opaque upstream state for clients that throw unknown fields away.

OpenAI clients send an assistant message back without our `lakehouse_state`; what
belonged to it is then found by key and tool-call id. Bounded in entries, bytes and age;
a miss is allowed, each adapter has its fallback (wire/README.md rule 10).
"""

import time
from collections import OrderedDict

import msgspec

from lakehouse.gateway.dialect.answer import Answer
from providers.messages import Part, Reasoning, Request, State, ToolCall, Turn

MAX_ENTRIES = 10_000
MAX_BYTES = 64 * 1024 * 1024
MAX_AGE_SECS = 3600.0


class Kept(msgspec.Struct, frozen=True):
    """What came with one assistant message: its reasoning, its states, each call's state."""

    at: float
    reasoning: str
    states: tuple[State, ...]
    calls: dict[str, State]
    size: int = 0


class StateStore:
    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, str], Kept] = OrderedDict()
        self._size = 0

    def keep(self, principal: int, answer: Answer) -> None:
        """Remembers the first choice's state under its first tool call, if there is any."""
        choice = answer.choices.get(0)
        if choice is None or not choice.calls:
            return
        calls = {c.id: c.state for c in choice.calls.values() if c.state is not None}
        if not choice.states and not calls and not choice.reasoning:
            return
        first = choice.calls[min(choice.calls)].id
        kept = Kept(time.monotonic(), "".join(choice.reasoning), tuple(choice.states), calls)
        self._add((principal, first), kept, len(msgspec.json.encode(kept)))

    def _add(self, key: tuple[int, str], kept: Kept, size: int) -> None:
        replaced = self._kept.pop(key, None)
        self._size += size - (replaced.size if replaced else 0)
        self._kept[key] = msgspec.structs.replace(kept, size=size)
        while len(self._kept) > MAX_ENTRIES or self._size > MAX_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._size -= oldest.size

    def restore(self, principal: int, request: Request) -> Request:
        """The request with remembered state on each assistant turn that came without its own."""
        if not self._kept or all(turn.role != "assistant" for turn in request.turns):
            return request
        turns = tuple(self._restored(principal, turn) for turn in request.turns)
        return msgspec.structs.replace(request, turns=turns)

    def _restored(self, principal: int, turn: Turn) -> Turn:
        calls = [part for part in turn.parts if isinstance(part, ToolCall)]
        if not calls or any(isinstance(p, Reasoning) or _state(p) for p in turn.parts):
            return turn
        kept = self._kept.get((principal, calls[0].id))
        if kept is None or time.monotonic() - kept.at > MAX_AGE_SECS:
            return turn
        first: list[Part] = [Reasoning(kept.reasoning)] if kept.reasoning else []
        first.extend(Reasoning("", state) for state in kept.states)
        rest = [
            msgspec.structs.replace(p, state=kept.calls.get(p.id)) if isinstance(p, ToolCall) else p
            for p in turn.parts
        ]
        return msgspec.structs.replace(turn, parts=(*first, *rest))


def _state(part: Part) -> State | None:
    return part.state if isinstance(part, ToolCall) else None
