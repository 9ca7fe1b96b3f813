"""What rules see of an answer and of a call; what they see of a request is the request's own."""

from typing import Literal

import msgspec

from providers.endpoint import Clearance


class Call(msgspec.Struct, kw_only=True):
    """Of the key: its label, owner and clearance. `provider` and `model` are asked first, or, in
    the answer stage, answered; `providers` are all that may be asked. `sensitivity` is the label
    that the request gives itself. `prompt_characters` counts the texts of its messages.
    """

    key: str
    owner: str
    clearance: Clearance
    sensitivity: Clearance | None = None
    task_class: str | None = None
    profile: str | None = None
    ladder: str | None = None
    provider: str | None = None
    providers: list[str] = []
    model: str | None = None
    stream: bool = False
    session: str | None = None
    messages: int = 0
    prompt_characters: int = 0


class Function(msgspec.Struct):
    name: str
    arguments: str


class ToolCall(msgspec.Struct):
    id: str
    type: Literal["function"]
    function: Function


class Message(msgspec.Struct):
    role: Literal["assistant"]
    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCall] | None = None


class Choice(msgspec.Struct):
    index: int
    message: Message
    finish_reason: Literal["stop", "length", "tool_calls", "content_filter"]


class Usage(msgspec.Struct):
    """Tokens."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Answer(msgspec.Struct):
    model: str
    choices: list[Choice]
    usage: Usage
