"""What an adapter reads from an answer: one vocabulary for streamed and whole answers.

Values only, like `providers/messages.py`: frozen structs, no Django, no I/O.
"""

from typing import Any, Literal

from providers.errors import Failure
from providers.messages import State, Usage, Value

FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


class Start(Value, frozen=True, tag="start"):
    """The upstream's id and model, as it names them ("" when it does not)."""

    id: str = ""
    model: str = ""


class ReasoningDelta(Value, frozen=True, tag="reasoning"):
    text: str
    choice: int = 0


class ReasoningState(Value, frozen=True, tag="reasoning_state"):
    state: State
    choice: int = 0


class TextDelta(Value, frozen=True, tag="text"):
    """`logprobs` is OpenAI's `content` list of token entries, when asked for."""

    text: str
    choice: int = 0
    logprobs: list[Any] | None = None


class RefusalDelta(Value, frozen=True, tag="refusal"):
    text: str
    choice: int = 0


class ToolStart(Value, frozen=True, tag="tool_start"):
    """Opens a slot: 0, 1, … counted per choice over tool calls only."""

    slot: int
    id: str
    name: str
    state: State | None = None
    choice: int = 0


class ToolArgs(Value, frozen=True, tag="tool_args"):
    slot: int
    fragment: str
    choice: int = 0


class ToolEnd(Value, frozen=True, tag="tool_end"):
    slot: int
    choice: int = 0


class UsageReport(Value, frozen=True, tag="usage"):
    """The usage so far; the last one wins and none are added up."""

    usage: Usage


class Finish(Value, frozen=True, tag="finish"):
    reason: FinishReason
    native: str = ""
    choice: int = 0


class Fail(Value, frozen=True, tag="fail"):
    """Terminal: nothing follows."""

    failure: Failure


class End(Value, frozen=True, tag="end"):
    """Terminal, and only after the upstream's own terminator was seen."""


Event = (
    Start
    | ReasoningDelta
    | ReasoningState
    | TextDelta
    | RefusalDelta
    | ToolStart
    | ToolArgs
    | ToolEnd
    | UsageReport
    | Finish
    | Fail
    | End
)
