"""A chat answer's bytes as events: NDJSON lines, or one document of the same shape."""

from collections.abc import Mapping

from providers import tool_ids, wording
from providers.adapters.ollama import failures, wire
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, Failure, ProviderError, failure
from providers.events import (
    End,
    Event,
    Fail,
    Finish,
    FinishReason,
    ReasoningDelta,
    Start,
    TextDelta,
    ToolArgs,
    ToolEnd,
    ToolStart,
    UsageReport,
)
from providers.messages import Request
from providers.sse import LineSplitter


class ChatDecoder:
    """The end is `done: true`; what comes after it is not read."""

    def __init__(
        self, endpoint: Endpoint, request: Request, advice: Mapping[ErrorKind, str]
    ) -> None:
        self._endpoint = endpoint
        self._advice = advice
        self._streamed = request.stream
        self._shows_thinking = request.thinking.want_text is not False
        self._takes_one_call = request.parallel_tools is False
        self._takes_logprobs = bool(request.sampling.logprobs)
        self._json: list[str] | None = None if request.output == "text" else []
        self._document: list[bytes] = []
        self._lines = LineSplitter()
        self._ids: set[str] = set()
        self._started = False
        self._ended = False

    def feed(self, chunk: bytes) -> list[Event]:
        events: list[Event] = []
        if not self._streamed:
            self._document.append(chunk)
            return events
        try:
            lines = self._lines.feed(chunk)
        except ProviderError as error:
            self._fail(error.failure, events)
            return events
        for line in lines:
            if self._ended:
                break
            if line and not line.isspace():
                self._take(line, events)
        return events

    def finish(self) -> list[Event]:
        events: list[Event] = []
        rest = self._lines.rest() if self._streamed else b"".join(self._document)
        if not self._ended and rest.strip():
            self._take(rest, events)
        if not self._ended:
            self._broken("closed its answer before it was done", events)
        return events

    def _take(self, data: bytes, events: list[Event]) -> None:
        try:
            line = wire.read(data)
            if line.error:
                self._fail(failures.inside(self._endpoint, line.error, self._advice), events)
                return
            if not self._started:
                self._started = True
                events.append(Start(model=line.model if isinstance(line.model, str) else ""))
            if line.message is not None:
                self._message(line.message, line.logprobs, events)
            if line.done:
                self._done(line.done_reason, data, events)
        except (ValueError, RecursionError):
            self._unreadable(data, events)

    def _message(self, message: wire.Message, logprobs: object, events: list[Event]) -> None:
        if message.thinking and self._shows_thinking:
            events.append(ReasoningDelta(message.thinking))
        text = message.content or ""
        entries = wire.logprobs(logprobs) if logprobs and self._takes_logprobs else None
        # Entries without text belong to text that is held back, unless to a thought or a call.
        alone = entries and not message.thinking and not message.tool_calls
        if text or alone:
            events.append(TextDelta(text, logprobs=entries))
            if self._json is not None:
                self._json.append(text)
        for call in message.tool_calls or ():
            self._call(call, events)

    def _call(self, call: wire.Call, events: list[Event]) -> None:
        slot = len(self._ids)
        if slot and self._takes_one_call:
            return
        arguments = call.function.arguments_text()
        events += (
            ToolStart(slot, tool_ids.clean(call.id, self._ids), call.function.name),
            ToolArgs(slot, arguments),
            ToolEnd(slot),
        )

    def _done(self, native: object, data: bytes, events: list[Event]) -> None:
        events.append(UsageReport(wire.usage(data)))
        if not (isinstance(native, str) and native):
            if not self._is_whole():
                self._broken("stopped without a reason, so its answer may be cut", events)
                return
            native = ""
        events += (Finish(self._reason(native), native), End())
        self._ended = True

    def _reason(self, native: str) -> FinishReason:
        if native == "length":
            return "length"
        return "tool_calls" if self._ids else "stop"

    def _is_whole(self) -> bool:
        """True for what is complete by itself: a tool call, or the JSON that was asked for."""
        if self._ids:
            return True
        return self._json is not None and wording.decode("".join(self._json).encode()) is not None

    def _unreadable(self, data: bytes, events: list[Event]) -> None:
        error = wording.error_object(wording.decode(data))
        if error is not None:
            self._fail(failures.inside(self._endpoint, error, self._advice), events)
        else:
            self._broken("sent what is no chat answer in JSON, or it was cut", events)

    def _broken(self, what: str, events: list[Event]) -> None:
        text = f"{self._endpoint.name} {what}. Ask again; look at its log if it stays so."
        self._fail(failure(ErrorKind.PROTOCOL, text, status=failures.OK), events)

    def _fail(self, found: Failure, events: list[Event]) -> None:
        events.append(Fail(found))
        self._ended = True
