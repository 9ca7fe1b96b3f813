"""A call that ended, as those see it who count, show and forward calls."""

from typing import Protocol

import msgspec

from lakehouse.gateway.dialect.answer import Answer
from lakehouse.gateway.live import Principal
from lakehouse.gateway.recorder import Finished
from profiles.observer.policy import Observer
from providers.messages import Request


class Seen(msgspec.Struct, frozen=True):
    """`request` is what the last try was sent, None where none was made. `answer` has its text
    only where the call kept it. `traceparent` is the caller's own header, "" without one
    that can be read."""

    finished: Finished
    principal: Principal
    observer: Observer
    request: Request | None
    answer: Answer
    traceparent: str = ""


class Watcher(Protocol):
    """Both are called on the event loop, must return in microseconds, and never wait."""

    def seen(self, call: Seen) -> None:
        """A call ended. Its cost is not known yet."""

    def written(self, calls: list[Finished]) -> None:
        """These are in the database, with their costs."""
