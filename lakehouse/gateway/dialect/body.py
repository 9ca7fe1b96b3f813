"""The shape of a chat request's body. Unknown fields are refused, known ones typed.

Fields: wire/openai.md. `provider`, `profile`, `ladder`, `sensitivity`, `retrieval`, `memory`,
`session_id`, `task_class`, `repair`, `strict` and `lakehouse_state` are ours.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from providers.endpoint import Clearance
from providers.messages import Effort, State

Penalty = Annotated[float, Meta(ge=-2, le=2)]
Positive = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Name = Annotated[str, Meta(min_length=1, max_length=300)]
Short = Annotated[str, Meta(max_length=300)]


class Strict(msgspec.Struct, forbid_unknown_fields=True):
    """Base: a field that is not declared is an error."""


class TextPart(Strict, tag_field="type", tag="text"):
    text: str
    prompt_cache_breakpoint: Any = None
    cache_control: Any = None


class ImageUrl(Strict):
    url: str
    detail: Literal["auto", "low", "high", "original"] | None = None


class ImagePart(Strict, tag_field="type", tag="image_url"):
    image_url: ImageUrl
    prompt_cache_breakpoint: Any = None
    cache_control: Any = None


class InputAudio(Strict):
    data: str
    format: Literal["wav", "mp3"]


class AudioPart(Strict, tag_field="type", tag="input_audio"):
    input_audio: InputAudio


class FileSource(Strict):
    file_data: str | None = None
    file_id: str | None = None
    filename: str | None = None


class FilePart(Strict, tag_field="type", tag="file"):
    file: FileSource


class RefusalPart(Strict, tag_field="type", tag="refusal"):
    refusal: str


AnyPart = TextPart | ImagePart | AudioPart | FilePart | RefusalPart
Content = str | list[AnyPart]


class FunctionCall(Strict):
    name: Name
    arguments: str = ""
    parsed_arguments: Any = None  # added by OpenAI's SDK, when an answer is sent back as it came


class Call(Strict):
    id: str
    function: FunctionCall
    type: Literal["function"] = "function"
    index: int | None = None
    lakehouse_state: State | None = None


class SystemMessage(Strict, tag_field="role", tag="system"):
    content: Content
    name: str | None = None


class DeveloperMessage(Strict, tag_field="role", tag="developer"):
    content: Content
    name: str | None = None


class UserMessage(Strict, tag_field="role", tag="user"):
    content: Content
    name: str | None = None


class AssistantMessage(Strict, tag_field="role", tag="assistant"):
    content: Content | None = None
    tool_calls: list[Call] | None = None
    function_call: FunctionCall | None = None
    refusal: str | None = None
    name: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    lakehouse_state: list[State] | None = None
    # What OpenAI's SDK adds when an answer is sent back as it came.
    annotations: Any = None
    audio: Any = None
    parsed: Any = None
    reasoning_details: Any = None


class ToolMessage(Strict, tag_field="role", tag="tool"):
    content: Content
    tool_call_id: str
    name: str | None = None


class FunctionMessage(Strict, tag_field="role", tag="function"):
    name: str
    content: str | None = None


Message = (
    SystemMessage
    | DeveloperMessage
    | UserMessage
    | AssistantMessage
    | ToolMessage
    | FunctionMessage
)


class Function(Strict):
    name: Annotated[str, Meta(pattern="^[a-zA-Z0-9_-]{1,64}$")]
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class FunctionTool(Strict):
    function: Function
    type: Literal["function"] = "function"


class NamedFunction(Strict):
    name: Name


class NamedChoice(Strict, tag_field="type", tag="function"):
    function: NamedFunction


class AllowedFunction(Strict):
    function: NamedFunction
    type: Literal["function"] = "function"


class AllowedTools(Strict):
    mode: Literal["auto", "required"]
    tools: list[AllowedFunction]


class AllowedChoice(Strict, tag_field="type", tag="allowed_tools"):
    allowed_tools: AllowedTools


class TextFormat(Strict, tag_field="type", tag="text"):
    pass


class ObjectFormat(Strict, tag_field="type", tag="json_object"):
    pass


class SchemaSource(Strict):
    name: Name
    schema: dict[str, Any]
    strict: bool | None = None
    description: str | None = None


class SchemaFormat(Strict, tag_field="type", tag="json_schema"):
    json_schema: SchemaSource


class StreamOptions(Strict):
    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class ReasoningOptions(Strict):
    effort: Effort | None = None
    max_tokens: Positive | None = None
    exclude: bool | None = None
    enabled: bool | None = None
    summary: Any = None


class ChatBody(Strict, kw_only=True):
    messages: Annotated[list[Message], Meta(min_length=1)]
    model: Short | None = None
    provider: Short | None = None
    profile: Short | None = None
    ladder: Short | None = None
    sensitivity: Clearance | None = None
    retrieval: Short | bool | None = None  # a profile's name; false: none
    memory: Short | bool | None = None
    session_id: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    task_class: Annotated[str, Meta(min_length=1, max_length=63)] | None = None
    repair: Annotated[int, Meta(ge=0, le=5)] = 0
    strict: bool = False
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Positive | None = None
    max_completion_tokens: Positive | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_k: Positive | None = None
    stop: str | Annotated[list[str], Meta(max_length=16)] | None = None
    n: Annotated[int, Meta(ge=1, le=128)] | None = None
    seed: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    logit_bias: dict[str, Annotated[float, Meta(ge=-100, le=100)]] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    tools: Annotated[list[FunctionTool], Meta(max_length=512)] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedChoice | AllowedChoice | None = None
    parallel_tool_calls: bool | None = None
    functions: list[Function] | None = None
    function_call: Literal["none", "auto"] | NamedFunction | None = None
    response_format: TextFormat | ObjectFormat | SchemaFormat | None = None
    reasoning_effort: Effort | None = None
    reasoning: ReasoningOptions | None = None
    user: str | None = None
    # Known to OpenAI, honoured by some upstreams, reported as dropped by the others.
    verbosity: Any = None
    service_tier: Any = None
    store: Any = None
    metadata: Any = None
    prediction: Any = None
    modalities: Any = None
    audio: Any = None
    web_search_options: Any = None
    moderation: Any = None
    safety_identifier: Any = None
    prompt_cache_key: Any = None
    prompt_cache_options: Any = None
    prompt_cache_retention: Any = None


EXTRAS = (
    "verbosity",
    "service_tier",
    "store",
    "metadata",
    "prediction",
    "modalities",
    "audio",
    "web_search_options",
    "moderation",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
)


class EmbeddingBody(Strict, kw_only=True):
    input: (
        Annotated[str, Meta(min_length=1)]
        | Annotated[list[str | int | list[int]], Meta(min_length=1, max_length=2048)]
    )
    model: Short | None = None
    provider: Short | None = None
    dimensions: Annotated[int, Meta(ge=1, le=65536)] | None = None
    encoding_format: Literal["float", "base64"] | None = None
    user: str | None = None


class FeedbackBody(Strict, kw_only=True):
    verdict: Literal["helpful", "harmful"]
    note: Annotated[str, Meta(max_length=2000)] = ""
