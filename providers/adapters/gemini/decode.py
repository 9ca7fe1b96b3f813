"""The two framings of an answer: one JSON document, or a stream of server-sent events."""

from providers.adapters.gemini import failures
from providers.adapters.gemini.answer import Answer
from providers.errors import Failure, ProviderError
from providers.messages import Event, Fail, Request
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

    def feed(self, chunk: bytes) -> list[Event]:
        try:
            return self._take(self._splitter.feed(chunk))
        except ProviderError as error:
            return [Fail(error.failure)]

    def finish(self) -> list[Event]:
        try:
            events = self._take(self._splitter.finish())
        except ProviderError as error:
            return [Fail(error.failure)]
        if _over(events):
            return events
        refused = self._stray()
        return [*events, Fail(refused)] if refused else events + self._answer.close()

    def _stray(self) -> Failure | None:
        """An error written into the stream as bare JSON, or a body that is no stream at all."""
        stray = b"\n".join(self._splitter.stray)
        if not stray:
            return None
        refused = failures.in_answer(stray)
        return refused or (None if self._answer.started else failures.unreadable(stray))

    def _take(self, found: list[ServerEvent]) -> list[Event]:
        events: list[Event] = []
        for event in found:
            events += self._answer.take(event.data)
            if _over(events):
                break
        return events


def _over(events: list[Event]) -> bool:
    return bool(events) and isinstance(events[-1], Fail)
