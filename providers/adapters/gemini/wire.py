"""The answers of the Gemini API, typed. Fields that nothing reads are left out.

Everything may be missing or null: protobuf's JSON leaves default values out.
"""

from typing import Any

import msgspec


class Shape(msgspec.Struct, frozen=True, rename="camel"):
    """Base: camelCase on the wire, unknown fields skipped."""


def given(raw: msgspec.Raw) -> bool:
    """False for an absent field and for null, which a Raw keeps as text."""
    return bool(raw) and bytes(raw) != b"null"


class FunctionCall(Shape, frozen=True):
    """`args` stays the model's own JSON text; empty when it gave none."""

    name: str
    id: str | None = None
    args: msgspec.Raw = msgspec.Raw()


class Blob(Shape, frozen=True):
    mime_type: str
    data: str


class Part(Shape, frozen=True):
    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    function_call: FunctionCall | None = None
    inline_data: Blob | None = None


class Content(Shape, frozen=True):
    parts: list[Part] | None = None


class Token(Shape, frozen=True):
    token: str = ""
    log_probability: float = 0.0


class TopTokens(Shape, frozen=True):
    candidates: list[Token] | None = None


class Logprobs(Shape, frozen=True):
    """Both lists are as long as the decoding steps."""

    chosen_candidates: list[Token] | None = None
    top_candidates: list[TopTokens] | None = None


class Candidate(Shape, frozen=True):
    content: Content | None = None
    finish_reason: str | None = None
    finish_message: str | None = None
    index: int | None = None
    logprobs_result: Logprobs | None = None


class PromptFeedback(Shape, frozen=True):
    block_reason: str | None = None


class UsageMetadata(Shape, frozen=True):
    """`prompt` includes cached tokens; `candidates` leaves thoughts out."""

    prompt_token_count: int | None = None
    cached_content_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None


class GenerateContentResponse(Shape, frozen=True):
    candidates: list[Candidate] | None = None
    prompt_feedback: PromptFeedback | None = None
    usage_metadata: msgspec.Raw = msgspec.Raw()
    model_version: str | None = None
    response_id: str | None = None
    error: Any = None


class Model(Shape, frozen=True):
    name: str
    input_token_limit: int | None = None
    output_token_limit: int | None = None
    supported_generation_methods: list[str] | None = None
    thinking: bool | None = None


class ListModelsResponse(Shape, frozen=True):
    models: list[Model] | None = None
    next_page_token: str | None = None


class Embedding(Shape, frozen=True):
    values: list[float]


class BatchEmbedContentsResponse(Shape, frozen=True):
    embeddings: list[Embedding]
    usage_metadata: UsageMetadata | None = None


class Violation(Shape, frozen=True):
    """Of a quota (`quotaId`), or of a field (`field`)."""

    quota_id: str | None = None
    field: str | None = None


class Detail(Shape, frozen=True):
    """One of google.rpc's ErrorInfo, RetryInfo, QuotaFailure, BadRequest."""

    reason: str | None = None
    retry_delay: str | None = None
    violations: list[Violation] | None = None
    field_violations: list[Violation] | None = None


class Error(Shape, frozen=True):
    code: int | None = None
    message: str | None = None
    status: str | None = None
    details: list[Detail] | None = None
