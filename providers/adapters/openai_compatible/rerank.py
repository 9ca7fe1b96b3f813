"""`POST /rerank`: a query and texts in, a score for each text out.

Not OpenAI's own: what Jina, Cohere, vLLM, llama.cpp and others agree on. The results come
best first and name their text by `index`; llama.cpp's scores are logits, others' 0 to 1.
"""

import math
from typing import Any

import msgspec

from providers import wording
from providers.adapters.base import Outgoing
from providers.errors import ErrorKind, ProviderError, failure
from providers.messages import RerankRequest, RerankResult


class _Result(msgspec.Struct):
    index: int
    relevance_score: float


class _Answer(msgspec.Struct):
    results: list[_Result]
    model: str | None = None


_decoder = msgspec.json.Decoder(_Answer)


def outgoing(request: RerankRequest) -> Outgoing:
    """Asks for all of them back: `top_n` would else be the server's own number."""
    fields: dict[str, Any] = {
        "model": request.model,
        "query": request.query,
        "documents": request.documents,
        "top_n": len(request.documents),
    }
    return Outgoing(method="POST", path="/rerank", body=msgspec.json.encode(fields))


def read(request: RerankRequest, body: bytes) -> RerankResult:
    """Raises ProviderError(protocol) unless there is one finite score for each document."""
    try:
        answer = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        told = wording.error_object(wording.decode(body)) or {}
        raise _unreadable(wording.shown(str(told.get("message") or error))) from error
    scores = {result.index: result.relevance_score for result in answer.results}
    if scores.keys() != set(range(len(request.documents))):
        raise _unreadable(f"{len(request.documents)} texts got {len(answer.results)} scores")
    found = [scores[place] for place in range(len(request.documents))]
    if not all(math.isfinite(score) for score in found):
        raise _unreadable("a score is no finite number")
    return RerankResult(found, answer.model or request.model)


def _unreadable(why: str) -> ProviderError:
    return ProviderError(failure(ErrorKind.PROTOCOL, f"The rerank answer is no good: {why}."))
