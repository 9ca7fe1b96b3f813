"""One choice of an answer while its pieces arrive: text, reasoning, calls and how it ended."""

from typing import Any, Final

from providers.adapters.openai_compatible.inline_thinking import InlineThinking
from providers.adapters.openai_compatible.reading import Reading
from providers.adapters.openai_compatible.tool_slots import ToolSlots
from providers.adapters.openai_compatible.wire import Choice, Delta
from providers.events import (
    Event,
    Finish,
    FinishReason,
    ReasoningDelta,
    ReasoningState,
    RefusalDelta,
    TextDelta,
)

FINISH_REASONS: Final[dict[str, FinishReason]] = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "tool_use": "tool_calls",
    "content_filter": "content_filter",
}


class OneChoice:
    """Events of one choice. `seen_ids` are the tool-call ids of the whole answer."""

    def __init__(self, index: int, reading: Reading, seen_ids: set[str]) -> None:
        self.index = index
        self.reading = reading
        self.calls = ToolSlots(index, reading, seen_ids)
        self.native_finish = ""
        self.has_content = False
        self._native_reason = ""
        self._thinking: InlineThinking | None = InlineThinking()
        self._thought: list[str] = []
        self._thought_field = ""

    def take(self, piece: Choice, delta: Delta, out: list[Event]) -> None:
        if delta.reasoning_content:
            self.reason("reasoning_content", delta.reasoning_content, out)
        elif delta.reasoning:
            self.reason("reasoning", delta.reasoning, out)
        content = delta.content
        if content or piece.logprobs is not None:
            if self._thinking is None and type(content) is str and piece.logprobs is None:
                self.has_content = True
                out.append(TextDelta(content, self.index))
            else:
                self._content(content, piece.logprobs, out)
        if delta.refusal:
            self._refuse(delta.refusal, out)
        if delta.tool_calls:
            self.calls.take(delta.tool_calls, out)
        elif delta.function_call:
            self.calls.take([{"index": 0, "function": delta.function_call}], out)
        if piece.finish_reason:
            self.native_finish = str(piece.finish_reason)
            self._native_reason = str(piece.native_finish_reason or self.native_finish)

    def reason(self, field: str, text: Any, out: list[Event]) -> None:
        """Reasoning that came apart from the text, which then holds none.

        `field` is its name on the message, "" where it cannot be sent back under one.
        """
        self._settle(out)
        if isinstance(text, str) and text:
            if field:
                self._thought_field = field
                self._thought.append(text)
            self._emit(text, "", None, out)

    def close(self, out: list[Event]) -> bool:
        """What was held back, then calls, state and `Finish`; False when a call has no name."""
        self._settle(out)
        if not self.calls.close(out):
            return False
        self.keep_state(out)
        reason = FINISH_REASONS.get(self.native_finish.lower(), "stop")
        if reason == "stop" and self.calls:
            reason = "tool_calls"
        out.append(Finish(reason, self._native_reason, self.index))
        return True

    def keep_state(self, out: list[Event]) -> None:
        """Reasoning text is asked for again only beside the calls that it led to."""
        if self.calls and self._thought:
            state = self.reading.state(self._thought_field, "".join(self._thought))
            out.append(ReasoningState(state, self.index))

    def _settle(self, out: list[Event]) -> None:
        """Gives what was held back in search of a tag, and stops searching."""
        if self._thinking is not None:
            self._emit(*self._thinking.rest(), None, out)
            self._thinking = None

    def _content(self, content: Any, logprobs: Any, out: list[Event]) -> None:
        found = logprobs.get("content") if isinstance(logprobs, dict) else None
        entries = found if isinstance(found, list) else None
        if isinstance(content, list):
            self._parts(content, out)
        self._text(content if isinstance(content, str) else "", entries, out)

    def _text(self, text: str, entries: Any, out: list[Event]) -> None:
        self.has_content = self.has_content or bool(text)
        if self._thinking is None:
            self._emit("", text, entries, out)
            return
        reasoning, plain = self._thinking.feed(text)
        if self._thinking.settled:
            self._thinking = None
        self._emit(reasoning, plain, entries, out)

    def _emit(self, reasoning: str, text: str, entries: Any, out: list[Event]) -> None:
        if reasoning:
            self.has_content = True
            if self.reading.shows_reasoning:
                out.append(ReasoningDelta(reasoning, self.index))
        if text or entries:
            self.has_content = True
            out.append(TextDelta(text, self.index, entries or None))

    def _refuse(self, text: Any, out: list[Event]) -> None:
        if isinstance(text, str):
            self.has_content = True
            out.append(RefusalDelta(text, self.index))

    def _parts(self, parts: list[Any], out: list[Event]) -> None:
        """Content as a list: text, refusals and Mistral's `thinking`; other types are skipped."""
        for part in parts:
            match part:
                case {"type": "thinking", "thinking": list(pieces)}:
                    for piece in pieces:
                        if isinstance(piece, dict):
                            self.reason("", piece.get("text"), out)
                case {"type": "thinking", "thinking": str(text)}:
                    self.reason("", text, out)
                case {"type": "refusal", "refusal": str(text)}:
                    self._refuse(text, out)
                case {"type": "text" | "output_text", "text": str(text)} | str(text) if text:
                    self._text(text, None, out)
