"""One answer, document by document, as events; a stream's documents are its chunks."""

import msgspec

from providers import tool_ids
from providers.adapters.gemini import failures, finish, names, states
from providers.adapters.gemini.parts import drawn
from providers.adapters.gemini.states import SignedCall, SignedSpan
from providers.adapters.gemini.usage import logprobs, usage
from providers.adapters.gemini.wire import (
    Candidate,
    FunctionCall,
    GenerateContentResponse,
    Part,
    given,
)
from providers.errors import ErrorKind, Failure, failure
from providers.events import (
    End,
    Event,
    Fail,
    ReasoningDelta,
    ReasoningState,
    Start,
    TextDelta,
    ToolArgs,
    ToolEnd,
    ToolStart,
    UsageReport,
)
from providers.messages import Request, State

_document = msgspec.json.Decoder(GenerateContentResponse)


class Choice:
    """What was seen of one candidate. Lengths are in characters."""

    __slots__ = ("calls", "native", "said", "thought")

    def __init__(self) -> None:
        self.native = ""
        self.calls = 0
        self.said = 0
        self.thought = 0


class Answer:
    """Feeds on whole documents. Finishes are said at the end, by `close`."""

    def __init__(self, request: Request) -> None:
        self._origin = names.origin(request.model)
        self._one_call = request.parallel_tools is False
        self._logprobs = bool(request.sampling.logprobs)
        self._choices: dict[int, Choice] = {}
        self._ids: set[str] = set()
        self.started = False
        self._blocked = ""

    def take(self, data: bytes) -> list[Event]:
        """The events of one document; ends with `Fail` when it is an error or unreadable."""
        try:
            return self._taken(_document.decode(data), data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return [Fail(failures.in_answer(data) or failures.unreadable(data))]

    def close(self) -> list[Event]:
        """The last events, at EOF: every candidate must have said that it is complete.

        Finishes wait until here, since a later chunk may still add to a candidate.
        """
        if not self._choices and self._blocked:
            return [finish.blocked(self._blocked, 0), End()]
        if not self._choices:
            return [Fail(_nothing())]
        events: list[Event] = []
        for index, choice in sorted(self._choices.items()):
            if choice.native:
                events.append(finish.finish(choice.native, index, choice.calls > 0))
            elif self._blocked:
                events.append(finish.blocked(self._blocked, index))
            else:
                return [Fail(_cut())]
        return [*events, End()]

    def _taken(self, document: GenerateContentResponse, data: bytes) -> list[Event]:
        if document.error:
            return [Fail(failures.in_answer(data) or failures.unreadable(data))]
        events: list[Event] = []
        if not self.started:
            self.started = True
            events.append(Start(document.response_id or "", document.model_version or ""))
        for position, candidate in enumerate(document.candidates or ()):
            index = position if candidate.index is None else candidate.index
            events += self._candidate(candidate, index)
            refused = finish.failed(candidate.finish_reason or "", candidate.finish_message)
            if refused is not None:
                return [*events, Fail(refused)]
        if document.prompt_feedback is not None:
            self._blocked = document.prompt_feedback.block_reason or self._blocked
        if given(document.usage_metadata):
            events.append(UsageReport(usage(document.usage_metadata)))
        return events

    def _candidate(self, candidate: Candidate, index: int) -> list[Event]:
        choice = self._choices.setdefault(index, Choice())
        if candidate.finish_reason and finish.ended(candidate.finish_reason):
            choice.native = candidate.finish_reason
        events: list[Event] = []
        if candidate.content is not None:
            for part in candidate.content.parts or ():
                self._part(part, choice, index, events)
        if self._logprobs and candidate.logprobs_result is not None:
            _attach(logprobs(candidate.logprobs_result), index, events)
        return events

    def _part(self, part: Part, choice: Choice, index: int, events: list[Event]) -> None:
        """Parts of kinds that are not read here (Google's own tools) give nothing."""
        if part.function_call is not None:
            if not (self._one_call and choice.calls):
                self._call(part.function_call, part.thought_signature, choice, index, events)
            return
        text = part.text
        if part.inline_data is not None and not part.thought:
            text = drawn(part.inline_data.mime_type, part.inline_data.data)
        if text is None:
            return
        if part.thought:
            kind, start = states.THOUGHT, choice.thought
            choice.thought += len(text)
            if text:
                events.append(ReasoningDelta(text, index))
        else:
            kind, start = states.TEXT, choice.said
            choice.said += len(text)
            if text:
                events.append(TextDelta(text, index))
        if part.thought_signature:
            span = SignedSpan(part.thought_signature, start, start + len(text))
            events.append(ReasoningState(states.made(self._origin, kind, span), index))

    def _call(
        self,
        call: FunctionCall,
        signature: str | None,
        choice: Choice,
        index: int,
        events: list[Event],
    ) -> None:
        """A call arrives whole, in one part."""
        slot = choice.calls
        choice.calls += 1
        state: State | None = None
        if signature or call.id:
            signed = SignedCall(signature or None, call.id or None)
            state = states.made(self._origin, states.CALL, signed)
        call_id = tool_ids.clean(call.id, self._ids)
        events += (
            ToolStart(slot, call_id, call.name, state, index),
            ToolArgs(slot, _arguments(call.args), index),
            ToolEnd(slot, index),
        )


def _arguments(raw: msgspec.Raw) -> str:
    """JSON text on one line, number for number as the model wrote it; "{}" for none."""
    return bytes(msgspec.json.format(raw, indent=-1)).decode() if given(raw) else "{}"


def _attach(entries: list[object], index: int, events: list[Event]) -> None:
    """Puts a chunk's logprobs on its last text."""
    for at in range(len(events) - 1, -1, -1):
        last = events[at]
        if isinstance(last, TextDelta):
            events[at] = msgspec.structs.replace(last, logprobs=entries)
            return
    events.append(TextDelta("", index, entries))


def _nothing() -> Failure:
    return failure(
        ErrorKind.PROTOCOL,
        "Gemini's answer ended with neither candidates nor a reason for having none. Ask again.",
    )


def _cut() -> Failure:
    return failure(
        ErrorKind.PROTOCOL,
        "Gemini's answer stopped before its finishReason: it is incomplete. Ask again.",
    )
