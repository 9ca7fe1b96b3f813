"""The neutral vocabulary between the gateway's dialect and every adapter.

Values only: frozen structs, no Django, no I/O. A `Request` goes down to an adapter;
what comes back up are the events of `providers/events.py`.
"""

from typing import Any, Literal

import msgspec

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class Value(msgspec.Struct, frozen=True):
    """Base of every neutral type: immutable and compared by content."""


# --- state and parts -------------------------------------------------------


class State(Value, frozen=True):
    """Opaque data an upstream wants back unchanged, with who it belongs to.

    `origin` is "<adapter kind>:<model family>"; an adapter sends a state only
    when the origin is its own, and drops every other.
    """

    origin: str
    kind: str
    value: Any


class Text(Value, frozen=True, tag="text"):
    text: str
    cache_hint: bool = False
    state: State | None = None


class Image(Value, frozen=True, tag="image"):
    """Either `url` (http or https), or `mime` and `data` (raw bytes)."""

    url: str | None = None
    mime: str | None = None
    data: bytes | None = None
    detail: str | None = None


class Audio(Value, frozen=True, tag="audio"):
    mime: str
    data: bytes


class File(Value, frozen=True, tag="file"):
    """A file by content (`mime`, `data`) or by the upstream's own `file_id`."""

    name: str | None = None
    mime: str | None = None
    data: bytes | None = None
    file_id: str | None = None


class Reasoning(Value, frozen=True, tag="reasoning"):
    """Thinking text, its opaque state, or both; the text may be empty."""

    text: str = ""
    state: State | None = None


class ToolCall(Value, frozen=True, tag="tool_call"):
    """`arguments` is JSON text, verbatim."""

    id: str
    name: str
    arguments: str
    state: State | None = None


class ToolResult(Value, frozen=True, tag="tool_result"):
    """`name` is looked up from the call by the gateway; "" when unknown."""

    call_id: str
    name: str
    parts: tuple[Text | Image, ...]
    is_error: bool = False


class Refusal(Value, frozen=True, tag="refusal"):
    text: str


Part = Text | Image | Audio | File | Reasoning | ToolCall | ToolResult | Refusal


# --- request ---------------------------------------------------------------


class Segment(Value, frozen=True):
    """One system or developer instruction; `after` is how many turns precede it."""

    text: str
    role: Literal["system", "developer"] = "system"
    cache_hint: bool = False
    after: int = 0


class Turn(Value, frozen=True):
    role: Literal["user", "assistant", "tool"]
    parts: tuple[Part, ...]
    name: str | None = None


class Tool(Value, frozen=True):
    name: str
    description: str | None = None
    json_schema: dict[str, Any] | None = None
    strict: bool | None = None


class Named(Value, frozen=True, tag="named"):
    name: str


class Allowed(Value, frozen=True, tag="allowed"):
    mode: Literal["auto", "required"]
    names: tuple[str, ...]


ToolChoice = Literal["auto", "none", "required"] | Named | Allowed


class JsonSchema(Value, frozen=True, tag="json_schema"):
    name: str
    schema: dict[str, Any]
    strict: bool | None = None
    description: str | None = None


Output = Literal["text", "json_object"] | JsonSchema


class Sampling(Value, frozen=True):
    """Each None means: not asked for, so not sent."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logit_bias: dict[str, float] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    n: int | None = None


class Thinking(Value, frozen=True):
    effort: Effort | None = None
    budget_tokens: int | None = None
    want_text: bool | None = None


class Request(Value, frozen=True):
    """One chat call, routed: `model` is the upstream's own name.

    `limit` is the cap on output tokens, reasoning included; None is no cap asked.
    `extras` holds further fields of the dialect that some upstreams honour
    (`verbosity`, `service_tier`, `prompt_cache_key`, `metadata`, …) by name; an
    adapter that does not take one reports it as dropped.
    """

    model: str
    turns: tuple[Turn, ...]
    system: tuple[Segment, ...] = ()
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tools: bool | None = None
    output: Output = "text"
    limit: int | None = None
    sampling: Sampling = Sampling()
    thinking: Thinking = Thinking()
    stream: bool = False
    include_usage: bool = False
    user: str | None = None
    extras: dict[str, Any] = {}


class EmbeddingRequest(Value, frozen=True):
    """`inputs` are texts, or lists of token ids."""

    model: str
    inputs: tuple[str, ...] | tuple[tuple[int, ...], ...]
    dimensions: int | None = None
    user: str | None = None


class EmbeddingResult(Value, frozen=True):
    """One vector an input, in their order. `dropped` is that of the `Outgoing`."""

    vectors: list[list[float]]
    model: str
    input_tokens: int = 0
    dropped: tuple[str, ...] = ()


class RerankRequest(Value, frozen=True):
    model: str
    query: str
    documents: tuple[str, ...]


class RerankResult(Value, frozen=True):
    """One score a document, in their order: higher is nearer. Their range is the model's own."""

    scores: list[float]
    model: str


class ModelInfo(Value, frozen=True):
    """One entry of an upstream's model list; None where the upstream is silent."""

    id: str
    context_length: int | None = None
    max_output: int | None = None
    capabilities: tuple[str, ...] = ()


# --- answer ----------------------------------------------------------------


class Usage(Value, frozen=True):
    """Tokens. `input` includes cached reads and writes, `output` includes reasoning."""

    input: int = 0
    cached_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0
    native: Any = None
