"""From events to `chat.completion.chunk`s: the one writer for a client's stream.

Every chunk has the same id, created and model; the first has the role, the finish
chunk an empty delta, the usage chunk (when asked) no choices; then `[DONE]`.
"""

from typing import Any

import msgspec

from lakehouse.errors import ApiError
from lakehouse.gateway.dialect.answer import usage_object
from providers.events import (
    Event,
    Finish,
    ReasoningDelta,
    ReasoningState,
    RefusalDelta,
    TextDelta,
    ToolArgs,
    ToolStart,
)
from providers.messages import Usage

DONE = b"data: [DONE]\n\n"
PING = b": waiting\n\n"
_encode = msgspec.json.encode


class ChunkWriter:
    """Encodes one stream. Bytes out are whole events."""

    def __init__(self, answer_id: str, created: int, model: str, include_usage: bool) -> None:
        self._about = {
            "id": answer_id,
            "object": "chat.completion.chunk",
            "created": created,
            "model": model,
            "system_fingerprint": None,
        }
        self._write_head()
        self._tail = b'],"usage":null}\n\n' if include_usage else b"]}\n\n"
        self._text_end = b'},"logprobs":null,"finish_reason":null}' + self._tail
        self._include_usage = include_usage
        self._told = b""
        self._begun: set[int] = set()
        self._verdict: dict[str, Any] | None = None

    def names(self, model: str) -> None:
        """The model that answers, where it is another than was tried first; before any chunk."""
        if self._about["model"] != model:
            self._about["model"] = model
            self._write_head()

    def tells(self, told: dict[str, Any] | None) -> None:
        """What we say of the answer ourselves: the first chunk's `lakehouse`; before any chunk."""
        if told is not None:
            self._told = b'],"lakehouse":' + _encode(told)

    def concludes(self, verdict: dict[str, Any]) -> None:
        """What we say of the whole: the finish chunk's `lakehouse`; before that is written."""
        self._verdict = verdict

    def _write_head(self) -> None:
        self._head = b"data: " + _encode(self._about)[:-1] + b',"choices":['
        self._text = self._head + b'{"index":0,"delta":{"content":'

    def write(self, events: list[Event]) -> bytes:
        """The chunks of these events; b"" for events that a client does not see."""
        return b"".join([self._one(event) for event in events])

    def _one(self, event: Event) -> bytes:
        if type(event) is TextDelta:
            if event.choice == 0 and event.logprobs is None:
                text = self._text + _encode(event.text) + self._text_end
            else:
                logprobs = {"content": event.logprobs, "refusal": None} if event.logprobs else None
                text = self._chunk(event.choice, {"content": event.text}, logprobs=logprobs)
            return text if event.choice in self._begun else self._begin(event.choice) + text
        return self._other(event)

    def _other(self, event: Event) -> bytes:
        match event:
            case ReasoningDelta():
                delta: dict[str, Any] = {"reasoning_content": event.text}
            case ReasoningState():
                delta = {"lakehouse_state": [event.state]}
            case RefusalDelta():
                delta = {"refusal": event.text}
            case ToolStart():
                call = {
                    "index": event.slot,
                    "id": event.id,
                    "type": "function",
                    "function": {"name": event.name, "arguments": ""},
                }
                if event.state is not None:
                    call["lakehouse_state"] = event.state
                delta = {"tool_calls": [call]}
            case ToolArgs():
                if not event.fragment:
                    return b""
                piece = {"index": event.slot, "function": {"arguments": event.fragment}}
                delta = {"tool_calls": [piece]}
            case Finish():
                return self._start(event.choice) + self._chunk(event.choice, {}, event)
            case _:
                return b""
        return self._start(event.choice) + self._chunk(event.choice, delta)

    def _start(self, choice: int) -> bytes:
        return b"" if choice in self._begun else self._begin(choice)

    def _begin(self, choice: int) -> bytes:
        self._begun.add(choice)
        return self._chunk(choice, {"role": "assistant", "content": "", "refusal": None})

    def _chunk(
        self,
        choice: int,
        delta: dict[str, Any],
        finish: Finish | None = None,
        logprobs: dict[str, Any] | None = None,
    ) -> bytes:
        document: dict[str, Any] = {
            "index": choice,
            "delta": delta,
            "logprobs": logprobs,
            "finish_reason": finish.reason if finish else None,
        }
        if finish and finish.native and finish.native != finish.reason:
            document["native_finish_reason"] = finish.native
        told, self._told = self._told, b""
        if self._verdict is not None and finish is not None and choice == 0:
            told, self._verdict = b'],"lakehouse":' + _encode(self._verdict), None
        if told:
            return self._head + _encode(document) + told + self._tail[1:]
        return self._head + _encode(document) + self._tail

    def end(self, usage: Usage) -> bytes:
        """The usage chunk when it was asked for, and the terminator."""
        if self._verdict is not None:  # nothing said that the answer is finished
            self._told, self._verdict = b'],"lakehouse":' + _encode(self._verdict), None
            return self._chunk(0, {}) + self.end(usage)
        if not self._include_usage:
            return DONE
        return self._head + b'],"usage":' + _encode(usage_object(usage)) + b"}\n\n" + DONE

    @staticmethod
    def error(error: ApiError, request_id: str) -> bytes:
        """A late error: an event of its own, after which no `[DONE]` comes."""
        return b"data: " + error.body(request_id) + b"\n\n"
