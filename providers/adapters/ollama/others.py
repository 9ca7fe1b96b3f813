"""What the API offers beside chat: the list of models, and embeddings."""

from typing import Any, Never

import msgspec

from providers import wording
from providers.adapters.base import Outgoing
from providers.adapters.ollama import options
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, ProviderError, failure
from providers.messages import EmbeddingRequest, EmbeddingResult, ModelInfo


class Details(msgspec.Struct):
    context_length: int | None = None


class Listed(msgspec.Struct):
    name: str = ""
    model: str = ""
    details: Details | None = None
    capabilities: tuple[str, ...] | None = None


class Tags(msgspec.Struct):
    models: list[Listed] | None


class Embeddings(msgspec.Struct):
    embeddings: list[list[float]]
    model: str = ""
    prompt_eval_count: int = 0


def read_models(body: bytes) -> list[ModelInfo]:
    """From `GET /api/tags`. Raises ProviderError(protocol)."""
    try:
        tags = msgspec.json.decode(body, type=Tags)
    except (ValueError, RecursionError):
        _unreadable("a list of models", body)
    return [
        ModelInfo(
            listed.name or listed.model,
            context_length=listed.details.context_length if listed.details else None,
            capabilities=listed.capabilities or (),
        )
        for listed in tags.models or ()
        if listed.name or listed.model
    ]


def embed(endpoint: Endpoint, model: str, request: EmbeddingRequest) -> Outgoing:
    """Texts only. Raises ProviderError(unsupported) for token ids."""
    if not all(isinstance(item, str) for item in request.inputs):
        text = "Ollama embeds texts, not token ids. Send the texts themselves."
        raise ProviderError(failure(ErrorKind.UNSUPPORTED, text, accepted=False, param="input"))
    body: dict[str, Any] = {
        "model": model,
        "input": request.inputs,
        **options.beside(endpoint, "truncate", "keep_alive"),
    }
    if request.dimensions is not None:
        body["dimensions"] = request.dimensions
    loaded = options.inside(endpoint)
    if loaded:
        body["options"] = loaded
    dropped = ("user",) if request.user is not None else ()
    return Outgoing("POST", "/api/embed", msgspec.json.encode(body), dropped=dropped)


def read_embeddings(request: EmbeddingRequest, body: bytes) -> EmbeddingResult:
    """Raises ProviderError(protocol), also when vectors are missing."""
    try:
        found = msgspec.json.decode(body, type=Embeddings)
    except (ValueError, RecursionError):
        _unreadable("embeddings", body)
    if len(found.embeddings) != len(request.inputs):
        text = (
            f"Ollama gave {len(found.embeddings)} vectors for {len(request.inputs)} inputs. "
            "Ask again, with fewer inputs if it stays so."
        )
        raise ProviderError(failure(ErrorKind.PROTOCOL, text, status=200))
    return EmbeddingResult(found.embeddings, found.model or request.model, found.prompt_eval_count)


def _unreadable(wanted: str, body: bytes) -> Never:
    error = wording.error_object(wording.decode(body)) or {}
    said = wording.shown(str(error.get("message") or "nothing that says why"))
    text = f"Ollama answered with something other than {wanted}: {said}."
    raise ProviderError(failure(ErrorKind.PROTOCOL, text, status=200))
