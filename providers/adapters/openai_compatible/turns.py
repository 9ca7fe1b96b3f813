"""The conversation as OpenAI's `messages`. Subclassed where a vendor wants it otherwise."""

from typing import Any, assert_never

from providers import tool_ids
from providers.adapters.openai_compatible import parts as wire_parts
from providers.messages import (
    Audio,
    File,
    Image,
    Part,
    Reasoning,
    Refusal,
    Request,
    Segment,
    State,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)

Message = dict[str, Any]
REASONING_FIELDS = frozenset({"reasoning_content", "reasoning"})


class Turns:
    """`origin` marks the states that may be sent back; every other is left out."""

    keeps_developer = False
    keeps_refusal = False
    text_only = False

    def __init__(self, request: Request, origin: str) -> None:
        self.request = request
        self.origin = origin
        self.messages: list[Message] = []
        self._tool_images: list[Message] = []

    def write(self) -> list[Message]:
        """All messages in order. Raises ProviderError for a part that cannot be sent."""
        system = sorted(self.request.system, key=lambda segment: segment.after)
        turns = tool_ids.in_history(self.request.turns)
        at = 0
        for number, turn in enumerate(turns):
            while at < len(system) and system[at].after <= number:
                self._instruct(system[at])
                at += 1
            self._turn(turn)
        for segment in system[at:]:
            self._instruct(segment)
        self._show_tool_images()
        return self.messages

    # --- what vendors override ---

    def text(self, part: Text) -> Message:
        return {"type": "text", "text": part.text}

    def instruction(self, segment: Segment) -> Any:
        return segment.text

    def image(self, part: Image) -> Message:
        if self.text_only:
            wire_parts.unsupported("This provider's model takes text only.", "messages")
        return wire_parts.image(part)

    def audio(self, part: Audio) -> Message:
        if self.text_only:
            wire_parts.unsupported("This provider's model takes text only.", "messages")
        return wire_parts.audio(part)

    def file(self, part: File) -> Message:
        if self.text_only:
            wire_parts.unsupported("This provider's model takes text only.", "messages")
        return wire_parts.file(part)

    def function_name(self, name: str) -> str:
        return name

    def finish_assistant(self, message: Message, turn: Turn) -> None:
        """A last look at an assistant message: its reasoning goes back here."""
        for state in self.own_states(turn):
            if state.kind in REASONING_FIELDS and isinstance(state.value, str):
                message[state.kind] = state.value

    # --- the rest ---

    def own_states(self, turn: Turn) -> list[State]:
        found = [p.state for p in turn.parts if isinstance(p, Reasoning)]
        return [state for state in found if state is not None and state.origin == self.origin]

    def content(self, parts: list[Message]) -> Any:
        """Text alone is a string, in the form that every server takes; else a list of parts."""
        if not all(set(part) == {"type", "text"} for part in parts):
            return parts
        if len(parts) > 1 and not self.text_only:
            return parts
        return "\n".join(part["text"] for part in parts)

    def _instruct(self, segment: Segment) -> None:
        self._show_tool_images()
        role = segment.role if self.keeps_developer else "system"
        self.messages.append({"role": role, "content": self.instruction(segment)})

    def _turn(self, turn: Turn) -> None:
        results = [part for part in turn.parts if isinstance(part, ToolResult)]
        for result in results:
            self._result(result)
        if len(results) == len(turn.parts) and results:
            return
        self._show_tool_images()
        if turn.role == "assistant":
            self._assistant(turn)
        else:
            message = {"role": "user", "content": self.content(self._parts(turn.parts))}
            self._add(message, turn)

    def _parts(self, parts: tuple[Part, ...]) -> list[Message]:
        written: list[Message] = []
        for part in parts:
            match part:
                case Text():
                    if part.text:
                        written.append(self.text(part))
                case Refusal(text=text):
                    if not self.keeps_refusal and text:
                        written.append(self.text(Text(text)))
                case Image():
                    written.append(self.image(part))
                case Audio():
                    written.append(self.audio(part))
                case File():
                    written.append(self.file(part))
                case Reasoning() | ToolCall() | ToolResult():
                    continue
                case _:
                    assert_never(part)
        return written

    def _assistant(self, turn: Turn) -> None:
        calls = [self._call(part) for part in turn.parts if isinstance(part, ToolCall)]
        parts = self._parts(turn.parts)
        message: Message = {"role": "assistant"}
        message["content"] = self.content(parts) if parts or not calls else None
        refusal = "".join(part.text for part in turn.parts if isinstance(part, Refusal))
        if refusal and self.keeps_refusal:
            message["refusal"] = refusal
        if calls:
            message["tool_calls"] = calls
        self.finish_assistant(message, turn)
        self._add(message, turn)

    def _add(self, message: Message, turn: Turn) -> None:
        if turn.name:
            message["name"] = turn.name
        self.messages.append(message)

    def _call(self, part: ToolCall) -> Message:
        function = {"name": self.function_name(part.name), "arguments": part.arguments or "{}"}
        call: Message = {"id": part.id, "type": "function", "function": function}
        state = part.state
        if state and state.origin == self.origin and state.kind == "extra_content":
            call["extra_content"] = state.value
        return call

    def _result(self, result: ToolResult) -> None:
        """Text stays with the result; images, which no `tool` message may hold, wait."""
        text = "\n".join(part.text for part in result.parts if isinstance(part, Text))
        self.messages.append({"role": "tool", "tool_call_id": result.call_id, "content": text})
        images = [self.image(part) for part in result.parts if isinstance(part, Image)]
        if images:
            about = self.text(Text(f"Returned by {result.name or 'the tool'}:"))
            self._tool_images += [about, *images]

    def _show_tool_images(self) -> None:
        """After the last result of a turn's calls, since nothing may stand between those."""
        if self._tool_images:
            self.messages.append({"role": "user", "content": self._tool_images})
            self._tool_images = []
