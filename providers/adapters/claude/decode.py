"""From the bytes of one answer's event stream to events."""

from typing import Any

import msgspec

from providers import tool_ids, wording
from providers.adapters.claude import failures, wire
from providers.adapters.claude.traits import origin
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, ProviderError, failure
from providers.events import (
    End,
    Event,
    Fail,
    Finish,
    ReasoningDelta,
    ReasoningState,
    RefusalDelta,
    Start,
    TextDelta,
    ToolArgs,
    ToolEnd,
    ToolStart,
    UsageReport,
)
from providers.messages import Request, State
from providers.sse import EventSplitter, ServerEvent


class _Call:
    """An open `tool_use`. `whole` is its input at the start, used when no fragment comes."""

    __slots__ = ("sent", "slot", "whole")

    def __init__(self, slot: int, whole: str) -> None:
        self.slot = slot
        self.whole = whole
        self.sent = False


class _Thought:
    """An open `thinking` block, kept to be given back unchanged."""

    __slots__ = ("signature", "text")

    def __init__(self, text: str, signature: str) -> None:
        self.text = [text]
        self.signature = signature


class ClaudeDecoder:
    """One answer. `message_stop` is the only good end, so `End` comes with it or never."""

    def __init__(self, endpoint: Endpoint, request: Request) -> None:
        self._endpoint = endpoint
        self._origin = origin(request.model)
        self._show_thinking = request.thinking.want_text is not False
        self._splitter = EventSplitter()
        self._open: dict[int, _Call | _Thought] = {}
        self._ids: set[str] = set()
        self._slots = 0
        self._started = False
        self._over = False
        self._eof = False
        self._native = ""
        self._usage: dict[str, Any] = {}

    def feed(self, chunk: bytes) -> list[Event]:
        out: list[Event] = []
        if self._over:
            return out
        try:
            for each in self._splitter.feed(chunk):
                self._read(each, out)
                if self._over:
                    break
        except ProviderError as error:
            self._fail(error, out)
        return out

    def finish(self) -> list[Event]:
        out: list[Event] = []
        if self._over:
            return out
        self._eof = True
        try:
            for each in self._splitter.finish():
                self._read(each, out)
                if self._over:
                    return out
            raise self._cut_short()
        except ProviderError as error:
            self._fail(error, out)
        return out

    def _fail(self, error: ProviderError, out: list[Event]) -> None:
        self._over = True
        out.append(Fail(error.failure))

    def _cut_short(self) -> ProviderError:
        """Why there is no `message_stop`: an error outside the framing, or a broken stream."""
        stray = b"\n".join(self._splitter.stray)
        error = wording.error_object(wording.decode(stray)) if stray else None
        if error is not None:
            return ProviderError(failures.in_stream(self._endpoint, error))
        name = self._endpoint.name
        if stray and not self._started:
            shown = wording.shown(stray.decode("utf-8", "replace"))
            text = f"{name} answered with something that is no event stream: {shown}"
        else:
            text = f"{name} closed its stream before message_stop, so the answer is incomplete."
        return self._broken(text)

    def _broken(self, text: str) -> ProviderError:
        return ProviderError(failure(ErrorKind.PROTOCOL, text, status=200))

    # --- one event ---

    def _read(self, each: ServerEvent, out: list[Event]) -> None:
        try:
            event = wire.decode(each.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._read_odd(each.data)
            return
        kind = event.type
        if kind == "content_block_delta":
            if event.delta is not None:
                self._delta(event.index, event.delta, out)
        elif event.error or kind == "error" or each.name == "error":
            error = event.error if isinstance(event.error, dict) else {"message": event.error}
            raise ProviderError(failures.in_stream(self._endpoint, error))
        elif kind == "content_block_start":
            if event.content_block is not None:
                self._start_block(event.index, event.content_block, out)
        elif kind == "content_block_stop":
            self._stop_block(event.index, out)
        elif kind == "message_start":
            self._start(event.message or wire.Message(), out)
        elif kind == "message_delta":
            self._message_delta(event, out)
        elif kind == "message_stop":
            self._stop(out)

    def _read_odd(self, data: bytes) -> None:
        """A document that does not fit: skipped when nobody need understand it.

        The last one may be half a document; what is said then is that the stream was cut.
        """
        if self._eof:
            return
        document = wording.decode(data)
        if document is None or wire.is_known(document):
            shown = wording.shown(data[:2000].decode("utf-8", "replace"))
            raise self._broken(f"{self._endpoint.name} sent an event that cannot be read: {shown}")

    def _start(self, message: wire.Message, out: list[Event]) -> None:
        """Behind some proxies it comes twice, or late: the first counts, and overwrites nothing."""
        if self._started:
            return
        self._started = True
        out.append(Start(message.id or "", message.model or ""))
        if message.usage:
            self._usage = {**message.usage, **self._usage}
            out.append(UsageReport(wire.usage(self._usage)))

    def _message_delta(self, event: wire.Event, out: list[Event]) -> None:
        """The counts are totals so far, and a null one corrects nothing."""
        if event.usage:
            known = {name: value for name, value in event.usage.items() if value is not None}
            self._usage = {**self._usage, **known}
            out.append(UsageReport(wire.usage(self._usage)))
        if event.delta is None:
            return
        self._native = event.delta.stop_reason or self._native
        details = event.delta.stop_details
        explained = details.get("explanation") if isinstance(details, dict) else None
        if self._native == "refusal" and isinstance(explained, str) and explained:
            out.append(RefusalDelta(explained))

    def _stop(self, out: list[Event]) -> None:
        for index in list(self._open):
            self._stop_block(index, out)
        self._over = True
        out.append(Finish(wire.finish(self._native, called=self._slots > 0), self._native))
        out.append(End())

    # --- blocks ---

    def _delta(self, index: int, delta: wire.Delta, out: list[Event]) -> None:
        kind = delta.type
        if kind == "text_delta":
            if delta.text:
                out.append(TextDelta(delta.text))
            return
        block = self._open.get(index)
        if isinstance(block, _Call):
            if kind == "input_json_delta" and delta.partial_json:
                block.sent = True
                out.append(ToolArgs(block.slot, delta.partial_json))
        elif isinstance(block, _Thought):
            if kind == "thinking_delta" and delta.thinking:
                block.text.append(delta.thinking)
                if self._show_thinking:
                    out.append(ReasoningDelta(delta.thinking))
            elif kind == "signature_delta" and delta.signature:
                block.signature += delta.signature

    def _start_block(self, index: int, block: wire.Block, out: list[Event]) -> None:
        if block.type == "text":
            if block.text:
                out.append(TextDelta(block.text))
        elif block.type == "tool_use":
            self._start_call(index, block, out)
        elif block.type == "thinking":
            self._open[index] = _Thought(block.thinking or "", block.signature or "")
            if block.thinking and self._show_thinking:
                out.append(ReasoningDelta(block.thinking))
        elif block.type == "redacted_thinking":
            self._give_state({"type": "redacted_thinking", "data": block.data or ""}, out)

    def _start_call(self, index: int, block: wire.Block, out: list[Event]) -> None:
        whole = bytes(block.input).decode()
        call = _Call(self._slots, whole if whole.startswith("{") else "{}")
        self._open[index] = call
        self._slots += 1
        out.append(ToolStart(call.slot, tool_ids.clean(block.id, self._ids), block.name or ""))

    def _stop_block(self, index: int, out: list[Event]) -> None:
        block = self._open.pop(index, None)
        if isinstance(block, _Call):
            if not block.sent:
                out.append(ToolArgs(block.slot, block.whole))
            out.append(ToolEnd(block.slot))
        elif isinstance(block, _Thought) and block.signature:
            self._give_state(
                {
                    "type": "thinking",
                    "thinking": "".join(block.text),
                    "signature": block.signature,
                },
                out,
            )

    def _give_state(self, block: dict[str, str], out: list[Event]) -> None:
        out.append(ReasoningState(State(self._origin, block["type"], block)))
