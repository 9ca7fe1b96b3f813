"""The two framings of an answer: one JSON document, or a stream of server-sent events."""

from collections.abc import Callable
from functools import partial

from providers.adapters.gemini import failures
from providers.adapters.gemini.answer import Answer
from providers.errors import Failure, ProviderError
from providers.events import Event, Fail
from providers.messages import Request
from providers.sse import EventSplitter, ServerEvent


class DocumentDecoder:
    """For `generateContent`: one document, read when it is whole."""

    def __init__(self, request: Request) -> None:
        self._answer = Answer(request)
        self._chunks: list[bytes] = []

    def feed(self, chunk: bytes) -> list[Event]:
        self._chunks.append(chunk)
        return []

    def finish(self) -> list[Event]:
        events = self._answer.take(b"".join(self._chunks))
        return events if _over(events) else events + self._answer.close()


class StreamDecoder:
    """For `streamGenerateContent?alt=sse`: events without names, ended by EOF alone."""

    def __init__(self, request: Request) -> None:
        self._answer = Answer(request)
        self._splitter = EventSplitter()
        self._failed = False

    def feed(self, chunk: bytes) -> list[Event]:
        return self._take(partial(self._splitter.feed, chunk))

    def finish(self) -> list[Event]:
        events = self._take(self._splitter.finish)
        if self._failed:
            return events
        refused = self._stray()
        return [*events, Fail(refused)] if refused else events + self._answer.close()

    def _take(self, split: Callable[[], list[ServerEvent]]) -> list[Event]:
        """The events of what was split off; after a `Fail` nothing more."""
        events: list[Event] = []
        if self._failed:
            return events
        try:
            for found in split():
                events += self._answer.take(found.data)
                if _over(events):
                    break
        except ProviderError as error:
            events.append(Fail(error.failure))
        self._failed = _over(events)
        return events

    def _stray(self) -> Failure | None:
        """An error written into the stream as bare JSON, or a body that is no stream at all."""
        stray = b"\n".join(self._splitter.stray)
        if not stray:
            return None
        refused = failures.in_answer(stray)
        return refused or (None if self._answer.started else failures.unreadable(stray))


def _over(events: list[Event]) -> bool:
    return bool(events) and isinstance(events[-1], Fail)
