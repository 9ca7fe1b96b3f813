"""The models that Gemini lists, and embeddings."""

import math
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from providers.adapters.base import Outgoing
from providers.adapters.gemini import failures, names
from providers.adapters.gemini.refusals import unsupported
from providers.adapters.gemini.wire import (
    BatchEmbedContentsResponse,
    ListModelsResponse,
    Model,
)
from providers.errors import ErrorKind, ProviderError, failure
from providers.messages import EmbeddingRequest, EmbeddingResult, ModelInfo

PAGE = 1000
T = TypeVar("T")
_models = msgspec.json.Decoder(ListModelsResponse)
_embeddings = msgspec.json.Decoder(BatchEmbedContentsResponse)


def list_models(cursor: str | None) -> Outgoing:
    query = {"pageSize": str(PAGE)} | ({"pageToken": cursor} if cursor else {})
    return Outgoing("GET", f"/models?{urlencode(query)}")


def read_models(body: bytes) -> tuple[list[ModelInfo], str | None]:
    """Models that chat or embed, by their names without prefix. Raises ProviderError."""
    page = _read(_models, body)
    refused = failures.in_answer(body) if page.models is None else None
    if refused is not None:
        raise ProviderError(refused)
    found = [_info(model) for model in page.models or ()]
    return [info for info in found if info.capabilities], page.next_page_token or None


def _info(model: Model) -> ModelInfo:
    methods = model.supported_generation_methods or ()
    capabilities = [
        name
        for name, there in (
            ("chat", "generateContent" in methods),
            ("embeddings", "embedContent" in methods),
            ("reasoning", bool(model.thinking)),
        )
        if there
    ]
    if capabilities == ["reasoning"]:
        capabilities = []
    return ModelInfo(
        id=names.bare(model.name),
        context_length=model.input_token_limit,
        max_output=model.output_token_limit,
        capabilities=tuple(capabilities),
    )


def embed(request: EmbeddingRequest) -> Outgoing:
    """One batch; each of its requests repeats the model. Raises ProviderError(unsupported)."""
    model = names.resource(request.model)
    parts: list[dict[str, Any]] = []
    for text in request.inputs:
        if not isinstance(text, str):
            raise unsupported(
                "Gemini embeds texts, not token ids. Send input as a text or a list of texts.",
                "input",
            )
        one: dict[str, Any] = {"model": model, "content": {"parts": [{"text": text}]}}
        if request.dimensions is not None:
            one["outputDimensionality"] = request.dimensions
        parts.append(one)
    return Outgoing(
        "POST",
        f"{names.path(request.model)}:batchEmbedContents",
        msgspec.json.encode({"requests": parts}),
        dropped=("user",) if request.user is not None else (),
    )


def read_embeddings(request: EmbeddingRequest, body: bytes) -> EmbeddingResult:
    """Vectors in the order of the inputs. Raises ProviderError(protocol).

    Shortened vectors are brought to unit length, which OpenAI's dialect promises and
    older models do not keep.
    """
    answer = _read(_embeddings, body)
    if len(answer.embeddings) != len(request.inputs):
        raise ProviderError(
            failure(
                ErrorKind.PROTOCOL,
                f"Gemini sent {len(answer.embeddings)} vectors for {len(request.inputs)} inputs. "
                "Ask again.",
            )
        )
    vectors = [embedding.values for embedding in answer.embeddings]
    if request.dimensions is not None:
        vectors = [_unit(vector) for vector in vectors]
    counted = answer.usage_metadata
    return EmbeddingResult(
        vectors=vectors,
        model=request.model,
        input_tokens=(counted.prompt_token_count or 0) if counted else 0,
    )


def _unit(vector: list[float]) -> list[float]:
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector] if length else vector


def _read(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ProviderError(failures.in_answer(body) or failures.unreadable(body)) from None
