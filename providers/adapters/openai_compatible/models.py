"""`GET /models` as OpenAI-shaped servers answer it."""

from collections.abc import Callable
from typing import Any

from providers import wording
from providers.errors import ErrorKind, ProviderError, failure
from providers.messages import ModelInfo

Reader = Callable[[dict[str, Any]], ModelInfo]


def read(body: bytes, one: Reader) -> list[ModelInfo]:
    """The entries with an id. Raises ProviderError(protocol) when the body is no list of models.

    The list is under `data`; some servers send it bare.
    """
    document = wording.decode(body)
    entries = document.get("data") if isinstance(document, dict) else document
    if not isinstance(entries, list):
        text = wording.shown(body[:200].decode("utf-8", "replace")) or "an empty body"
        raise ProviderError(
            failure(ErrorKind.PROTOCOL, f"A list of models was expected; this came: {text}")
        )
    return [one(e) for e in entries if isinstance(e, dict) and isinstance(e.get("id"), str)]


def entry(item: dict[str, Any]) -> ModelInfo:
    """vLLM's `max_model_len`, llama.cpp's `meta.n_ctx_train`, or `context_length`."""
    meta = item.get("meta")
    window = (
        number(item.get("max_model_len"))
        or number(item.get("context_length"))
        or number(meta.get("n_ctx_train") if isinstance(meta, dict) else None)
    )
    return ModelInfo(item["id"], window)


def number(value: Any) -> int | None:
    """A positive whole number, or None."""
    return value if type(value) is int and value > 0 else None
