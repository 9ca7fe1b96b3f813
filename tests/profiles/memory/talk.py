"""Conversations as tests of sessions want them, in one line each."""

import uuid
from collections.abc import Sequence

from profiles.memory.history import History, keep, recall
from profiles.memory.policy import Memory
from profiles.memory.tokens import estimate
from profiles.memory.trimming import Exchange
from profiles.models import Session
from providers.messages import Text, ToolCall, ToolResult, Turn

KEY, NAME = 7, "chat-1"
RESTRICTED = 3


def asked(text: str) -> Turn:
    return Turn("user", (Text(text),))


def said(text: str, *calls: str) -> Turn:
    """An answer, with tool calls of these ids."""
    texts = (Text(text),) if text else ()
    return Turn("assistant", (*texts, *(ToolCall(each, "look", "{}") for each in calls)))


def result(*calls: str, text: str = "found") -> Turn:
    return Turn("tool", tuple(ToolResult(each, "look", (Text(text),)) for each in calls))


def exchange(*turns: Turn, rank: int = 0) -> Exchange:
    return Exchange(turns, rank, estimate(turns))


def pair(number: int) -> tuple[Turn, Turn]:
    """A question and its answer: 8 characters, so 2 tokens."""
    return asked(f"ask{number}"), said(f"say{number}")


def kept(
    *turns: Turn, rank: int = 0, key: int = KEY, name: str = NAME, model: str = "echo/m"
) -> uuid.UUID:
    """Stores an exchange; its call's id."""
    call = uuid.uuid4()
    keep(key, name, call, turns, label_rank=rank, model=model)
    return call


def recalled(
    *incoming: Turn, limit: int = RESTRICTED, key: int = KEY, name: str = NAME, **policy: int
) -> History:
    return recall(key, name, Memory("m", 1, **policy), limit, incoming or (asked("now"),))


def texts(turns: Sequence[Turn]) -> list[str]:
    return [part.text for turn in turns for part in turn.parts if isinstance(part, Text)]


def session(name: str = NAME, key: int = KEY) -> Session:
    found: Session = Session.objects.get(name=name, key_id=key)
    return found
