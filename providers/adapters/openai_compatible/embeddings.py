"""`POST /embeddings`: texts or tokens in, vectors out in the order they were asked."""

import struct
from base64 import b64decode
from typing import Any

import msgspec

from providers import wording
from providers.adapters.base import Outgoing
from providers.errors import ErrorKind, ProviderError, failure
from providers.messages import EmbeddingRequest, EmbeddingResult


class _Vector(msgspec.Struct):
    embedding: list[float] | str
    index: int | None = None


class _Answer(msgspec.Struct):
    data: list[_Vector]
    model: str | None = None
    usage: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(_Answer)


def outgoing(request: EmbeddingRequest) -> Outgoing:
    """No `encoding_format`: its default, plain numbers, is what every server knows."""
    fields: dict[str, Any] = {"model": request.model, "input": request.inputs}
    if request.dimensions is not None:
        fields["dimensions"] = request.dimensions
    if request.user is not None:
        fields["user"] = request.user
    return Outgoing(method="POST", path="/embeddings", body=msgspec.json.encode(fields))


def read(request: EmbeddingRequest, body: bytes) -> EmbeddingResult:
    """Raises ProviderError(protocol) unless there is one vector for each input."""
    try:
        answer = _decoder.decode(body)
        vectors = [_numbers(v.embedding) for v in sorted(answer.data, key=_place(answer.data))]
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, struct.error) as error:
        told = wording.error_object(wording.decode(body)) or {}
        raise _unreadable(wording.shown(str(told.get("message") or error))) from error
    if len(vectors) != len(request.inputs):
        raise _unreadable(f"{len(request.inputs)} inputs got {len(vectors)} vectors")
    counted = (answer.usage or {}).get("prompt_tokens")
    tokens = counted if isinstance(counted, int) else 0
    return EmbeddingResult(vectors, answer.model or request.model, tokens)


def _place(data: list[_Vector]) -> Any:
    """Sorts by `index` where every entry has one, else keeps the order."""
    numbered = all(v.index is not None for v in data)
    return (lambda v: v.index) if numbered else (lambda v: 0)


def _numbers(embedding: list[float] | str) -> list[float]:
    """A list as it is; text is base64 of little-endian 32-bit floats (`wire/openai.md`)."""
    if isinstance(embedding, list):
        return embedding
    raw = b64decode(embedding, validate=True)
    return list(struct.unpack(f"<{len(raw) // 4}f", raw))


def _unreadable(why: str) -> ProviderError:
    return ProviderError(failure(ErrorKind.PROTOCOL, f"The embedding answer is no good: {why}."))
