"""What the Gemini adapter makes of an answer, for its tests to read."""

import json
from typing import Any

from providers.events import Event, Finish, ToolStart, UsageReport
from providers.messages import Usage
from tests.conversation import ask, feed
from tests.providers.adapters.gemini_sent import ENDPOINT, GEMINI
from tests.upstreams import gemini as g


def whole(document: Any, **asked: Any) -> list[Event]:
    request = ask(model="gemini-3-flash", **asked)
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return feed(GEMINI.decoder(ENDPOINT, request), data)


def stream(*documents: Any, size: int = 0, **asked: Any) -> list[Event]:
    request = ask(model="gemini-3-flash", stream=True, **asked)
    return feed(GEMINI.decoder(ENDPOINT, request), b"".join(g.chunks(*documents)), size)


def finishes(events: list[Event]) -> list[Finish]:
    return [event for event in events if isinstance(event, Finish)]


def usage_of(events: list[Event]) -> Usage:
    return [event.usage for event in events if isinstance(event, UsageReport)][-1]


def starts(events: list[Event]) -> list[ToolStart]:
    return [event for event in events if isinstance(event, ToolStart)]


def both(*parts: Any, finish: str = "STOP", **asked: Any) -> list[list[Event]]:
    """The events of the same parts as one document, and as one chunk a part, byte by byte."""
    *first, last = [g.candidate(part) for part in parts]
    chunks = [*(g.answer(c) for c in first), g.answer({**last, "finishReason": finish})]
    document = g.answer(g.candidate(*parts, finish=finish))
    return [whole(document, **asked), stream(*chunks, size=1, **asked)]
