"""Sessions as JSON Lines: an object a turn, oldest first, each with its session's name and key."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from django.http import HttpResponse

from profiles.memory.messages import document

MOST_TOKENS = 16_000_000  # of a download: it is built in memory before it is sent


class TooLarge(Exception):
    """The message says what to do instead."""


def lines(session: Any, limit: int) -> Iterator[bytes]:
    """The turns up to this label rank, read as they are needed."""
    whose = {"session_id": session.name, "api_key": session.key_id}
    for turn in session.turns.up_to(limit).iterator(100):
        yield msgspec.json.encode(whose | document(turn)) + b"\n"


def download(sessions: Iterable[Any], limit: int, name: str) -> HttpResponse:
    """A file of that name, of sessions as `Session.objects.seen` has them. Raises TooLarge."""
    sessions = list(sessions)
    if sum(session.token_count for session in sessions) > MOST_TOKENS:
        raise TooLarge(
            "This is too large to be sent at once. Export each session in a shell: "
            "manage.py sessions export ID --out FILE"
        )
    content = b"".join(line for session in sessions for line in lines(session, limit))
    answer = HttpResponse(content, content_type="application/jsonl; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.jsonl"'
    return answer
