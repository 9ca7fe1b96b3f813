"""From what was gathered for a call to the request that a provider gets."""

from collections.abc import Sequence
from typing import Any

import msgspec

from lakehouse.errors import ApiError
from lakehouse.gateway.dialect.decoding import bad
from lakehouse.gateway.knowledge.wording import passages_text, playbooks_text
from profiles.memory.history import History
from profiles.memory.recalling import Recalled
from profiles.retrieval.search import Found
from providers.endpoint import rank
from providers.messages import Request, Segment, Text, ToolCall, ToolResult, Turn

QUERY_CHARACTERS = 2000


class Gathered(msgspec.Struct, frozen=True):
    """Everything for one limit; `limit` is a label's rank."""

    limit: int
    history: History
    playbooks: tuple[Recalled, ...] = ()
    found: Found | None = None
    notes: tuple[str, ...] = ()

    @property
    def citations(self) -> frozenset[str]:
        """The passages' ids, as the prompt has them."""
        count = len(self.found.passages) if self.found else 0
        return frozenset(f"p{number}" for number in range(1, count + 1))

    @property
    def label_rank(self) -> int:
        """The highest label of what goes into the prompt."""
        passages = [rank(p.label) for p in self.found.passages] if self.found else []
        texts = [p.label_rank for p in self.playbooks if p.in_prompt]
        return max([self.history.label_rank, *passages, *texts])


def last_words(turns: Sequence[Turn]) -> str:
    """What the user last said, which is what passages and playbooks are looked for by."""
    for turn in reversed(turns):
        if turn.role == "user":
            words = " ".join(part.text for part in turn.parts if isinstance(part, Text))
            return words.strip()[-QUERY_CHARACTERS:]
    return ""


def has_strangers(past: History, incoming: Sequence[Turn]) -> bool:
    """Is there a tool's result whose call neither the request nor the session has?"""
    known = {
        part.id
        for turn in (*past.turns, *incoming)
        for part in turn.parts
        if isinstance(part, ToolCall)
    }
    results = (p for turn in incoming for p in turn.parts if isinstance(p, ToolResult))
    return any(result.call_id not in known for result in results)


def stranger() -> ApiError:
    return bad(
        "A tool_call_id answers no tool call of this request or of the session as far as it is "
        "recalled. Send the assistant message with the call too.",
        "messages",
    )


def with_gathered(request: Request, now: Gathered, secret: str) -> Request:
    shift = len(now.history.turns)
    system = [
        msgspec.structs.replace(s, after=s.after + shift) if s.after else s for s in request.system
    ]
    texts = []
    if playbooks := [p for p in now.playbooks if p.in_prompt]:
        texts.append(playbooks_text(playbooks, secret))
    if now.found and now.found.passages:
        texts.append(passages_text(now.found.passages, secret))
    first = sum(s.after == 0 for s in system)
    system[first:first] = [Segment(text) for text in texts]
    turns = (*now.history.turns, *request.turns)
    return msgspec.structs.replace(request, system=tuple(system), turns=_named(turns))


def _named(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Results carry the name of their call, which may stand in a turn that was recalled."""
    names: dict[str, str] = {}
    named = []
    for turn in turns:
        parts: list[Any] = []
        for part in turn.parts:
            if isinstance(part, ToolCall):
                names[part.id] = part.name
            if isinstance(part, ToolResult) and not part.name:
                part = msgspec.structs.replace(part, name=names.get(part.call_id, ""))
            parts.append(part)
        named.append(msgspec.structs.replace(turn, parts=tuple(parts)))
    return tuple(named)
