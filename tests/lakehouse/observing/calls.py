"""Finished calls as the gateway hands them to watchers, made up."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from lakehouse.gateway.dialect.answer import Answer
from lakehouse.gateway.live import Principal
from lakehouse.gateway.recorder import AttemptRow, Bill, CallRow, Finished
from lakehouse.gateway.seen import Seen
from profiles.observer.policy import Observer
from providers.events import End, Finish, Start, TextDelta
from providers.messages import Request, Text, Turn

STARTED = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GIVEN = f"00-{TRACE}-{PARENT}-01"
FORWARDING = Observer("watch", 4, langfuse=True)
WITH_CONTENT = Observer("watch", 4, langfuse=True, langfuse_content=True)
CALLER = Principal(7, "nightly", "data team", "internal", frozenset(), None, False, None)


def attempt(number: int, **columns: Any) -> AttemptRow:
    row: dict[str, Any] = {
        "call_id": uuid.UUID(int=1),
        "provider": "first",
        "model": "m",
        "started_at": STARTED,
        "outcome": "complete",
        "status": 200,
        "total_ms": 250.0,
    }
    return AttemptRow(number=number, **row | columns)


def call_row(**columns: Any) -> CallRow:
    call_id = columns.setdefault("id", uuid.uuid4())
    row: dict[str, Any] = {
        "operation": "chat",
        "api_key_id": CALLER.id,
        "instance": uuid.UUID(int=9),
        "started_at": STARTED,
        "finished_at": STARTED + timedelta(milliseconds=300),
        "outcome": "complete",
        "status": 200,
        "model_asked": "fast",
        "trace_id": call_id.hex,
        "attempts_made": 1,
    }
    return CallRow(**row | columns)


def seen(
    *attempts: AttemptRow,
    observer: Observer = FORWARDING,
    asked: str | Request = "What is it?",
    answer: Answer | None = None,
    given: str = "",
    url: str = "https://api.example.com/v1",
    **columns: Any,
) -> Seen:
    """One complete try where none is given; keywords are the call's columns."""
    tries = list(attempts) or [attempt(1)]
    request = asked if isinstance(asked, Request) else said(asked)
    finished = Finished(call_row(**columns), tries, [Bill(url) for _ in tries])
    return Seen(finished, CALLER, observer, request, answer or answered("It is this."), given)


def said(text: str, **more: Any) -> Request:
    return Request("m", (Turn("user", (Text(text),)),), **more)


def answered(text: str) -> Answer:
    answer = Answer()
    for event in (Start("id-1", "m-2026"), TextDelta(text), Finish("stop"), End()):
        answer.add(event)
    return answer
