"""From events to one whole answer in OpenAI's shape."""

from typing import Any

import msgspec

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
from providers.messages import Part, Refusal, State, Text, ToolCall, Turn, Usage


class Choice:
    """One choice while its events arrive."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.refusal: list[str] = []
        self.states: list[State] = []
        self.calls: dict[int, ToolStart] = {}
        self.arguments: dict[int, list[str]] = {}
        self.logprobs: list[Any] = []
        self.finish: Finish | None = None

    def message(self) -> dict[str, Any]:
        text = "".join(self.text)
        message: dict[str, Any] = {
            "role": "assistant",
            "content": text if text or not self.calls else None,
            "refusal": "".join(self.refusal) or None,
            "annotations": [],
        }
        if self.reasoning:
            message["reasoning_content"] = "".join(self.reasoning)
        if self.calls:
            message["tool_calls"] = [self._call(slot) for slot in sorted(self.calls)]
        if self.states:
            message["lakehouse_state"] = self.states
        return message

    def parts(self) -> tuple[Part, ...]:
        """What was said and called; thoughts are not part of a conversation."""
        said: list[Part] = []
        if text := "".join(self.text):
            said.append(Text(text))
        if refusal := "".join(self.refusal):
            said.append(Refusal(refusal))
        for slot in sorted(self.calls):
            start = self.calls[slot]
            arguments = "".join(self.arguments.get(slot, ())) or "{}"
            said.append(ToolCall(start.id, start.name, arguments, start.state))
        return tuple(said)

    @property
    def characters(self) -> int:
        pieces = (self.text, self.reasoning, self.refusal, *self.arguments.values())
        return sum(len(piece) for kind in pieces for piece in kind)

    def _call(self, slot: int) -> dict[str, Any]:
        start = self.calls[slot]
        arguments = "".join(self.arguments.get(slot, ())) or "{}"
        call: dict[str, Any] = {
            "id": start.id,
            "type": "function",
            "function": {"name": start.name, "arguments": arguments},
        }
        if start.state is not None:
            call["lakehouse_state"] = start.state
        return call


class Answer:
    """Collects events; also keeps what the record of the call needs."""

    def __init__(self) -> None:
        self.id = ""
        self.model = ""
        self.choices: dict[int, Choice] = {}
        self.usage = Usage()
        self.failure: Fail | None = None
        self.ended = False
        self.unkept = 0  # characters of text that were handed on and not kept

    @property
    def characters(self) -> int:
        """Of all that came, kept or not."""
        return self.unkept + sum(choice.characters for choice in self.choices.values())

    def choice(self, index: int) -> Choice:
        if index not in self.choices:
            self.choices[index] = Choice()
        return self.choices[index]

    def add(self, event: Event) -> None:
        match event:
            case TextDelta():
                choice = self.choice(event.choice)
                choice.text.append(event.text)
                if event.logprobs:
                    choice.logprobs.extend(event.logprobs)
            case ReasoningDelta():
                self.choice(event.choice).reasoning.append(event.text)
            case ReasoningState():
                self.choice(event.choice).states.append(event.state)
            case RefusalDelta():
                self.choice(event.choice).refusal.append(event.text)
            case ToolStart():
                self.choice(event.choice).calls[event.slot] = event
            case ToolArgs():
                pieces = self.choice(event.choice).arguments.setdefault(event.slot, [])
                pieces.append(event.fragment)
            case Start():
                self.id, self.model = self.id or event.id, self.model or event.model
            case UsageReport():
                self.usage = event.usage
            case Finish():
                self.choice(event.choice).finish = event
            case Fail():
                self.failure = event
            case End():
                self.ended = True
            case ToolEnd():
                return

    @property
    def finish_reason(self) -> str:
        first = self.choices.get(0)
        return first.finish.reason if first and first.finish else ""

    @property
    def storable_text(self) -> str:
        """The first choice's text; the database cannot hold a NUL."""
        first = self.choices.get(0)
        return "".join(first.text).replace("\0", "\ufffd") if first else ""

    def turn(self) -> Turn | None:
        """The first choice as a turn of a conversation; None where it says nothing."""
        first = self.choices.get(0)
        parts = first.parts() if first else ()
        return Turn("assistant", parts) if parts else None

    def document(
        self, answer_id: str, created: int, model: str, told: dict[str, Any] | None = None
    ) -> bytes:
        """The `chat.completion` object; `told` is what we say of it ourselves."""
        choices = self.choices or {0: Choice()}
        document: dict[str, Any] = {
            "id": answer_id,
            "object": "chat.completion",
            "created": created,
            "model": self.model or model,
            "choices": [self._choice(i, choices[i]) for i in sorted(choices)],
            "usage": usage_object(self.usage),
            "service_tier": None,
            "system_fingerprint": None,
        }
        if told is not None:
            document["lakehouse"] = told
        return msgspec.json.encode(document)

    @staticmethod
    def _choice(index: int, choice: Choice) -> dict[str, Any]:
        finish = choice.finish or Finish("stop")
        document: dict[str, Any] = {
            "index": index,
            "message": choice.message(),
            "logprobs": {"content": choice.logprobs, "refusal": None} if choice.logprobs else None,
            "finish_reason": finish.reason,
        }
        if finish.native and finish.native != finish.reason:
            document["native_finish_reason"] = finish.native
        return document


def usage_object(usage: Usage) -> dict[str, Any]:
    """OpenAI's `usage`: prompt includes cached tokens, completion includes reasoning."""
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {
            "cached_tokens": usage.cached_read,
            "cache_write_tokens": usage.cache_write,
            "audio_tokens": 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
