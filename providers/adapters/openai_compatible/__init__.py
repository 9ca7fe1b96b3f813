"""OpenAI's chat completions, and every server that imitates them.

Sends the least that says what the client asked, reads whatever comes back. The facts are
in `wire/openai.md`. Other adapters subclass this one and list only their differences.
"""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from providers.adapters.base import Adapter, Decoder, Outgoing
from providers.adapters.openai_compatible import embeddings, failures, models, rerank
from providers.adapters.openai_compatible.answer import Answer
from providers.adapters.openai_compatible.body import Body
from providers.adapters.openai_compatible.decode import DocumentDecoder, StreamDecoder
from providers.adapters.openai_compatible.dialects import Compatible, OpenAI
from providers.adapters.openai_compatible.reading import Reading
from providers.adapters.openai_compatible.without import without_reasoning
from providers.endpoint import Endpoint
from providers.errors import Failure
from providers.messages import (
    EmbeddingRequest,
    EmbeddingResult,
    ModelInfo,
    Request,
    RerankRequest,
    RerankResult,
)


class OpenAICompatible(Adapter):
    """Options: `max_tokens_field` ("max_tokens" or "max_completion_tokens"), `text_only`
    (text parts are joined, images refused), `stream_usage` (false: do not ask for usage in a
    stream), `developer_role` (true: keep it). OpenAI itself is known by its host.
    """

    kind = "openai_compatible"
    label = "OpenAI-compatible"
    options: ClassVar[Mapping[str, type]] = {
        "max_tokens_field": str,
        "text_only": bool,
        "stream_usage": bool,
        "developer_role": bool,
    }
    answer_type: ClassVar[type[Answer]] = Answer

    # --- what subclasses say otherwise ---

    def origin(self, request: Request) -> str:
        return f"{self.kind}:{request.model}"

    def body(self, endpoint: Endpoint, request: Request) -> Body:
        openai = urlsplit(endpoint.base_url).hostname == "api.openai.com"
        return (OpenAI if openai else Compatible)(endpoint, request, self.origin(request))

    def reading(self, endpoint: Endpoint, request: Request) -> Reading:
        return Reading(
            name=endpoint.name,
            origin=self.origin(request),
            named=lambda error: self.named(endpoint, failures.told_within(error)),
            shows_reasoning=request.thinking.want_text is not False,
        )

    def named(self, endpoint: Endpoint, said: failures.Told) -> Failure:
        return failures.name(endpoint, said)

    def model(self, item: dict[str, Any]) -> ModelInfo:
        return models.entry(item)

    # --- the contract ---

    def chat(self, endpoint: Endpoint, request: Request) -> Outgoing:
        return self.body(endpoint, request).outgoing()

    def decoder(self, endpoint: Endpoint, request: Request) -> Decoder:
        answer = self.answer_type(self.reading(endpoint, request))
        if request.stream or self.always_stream:
            return StreamDecoder(answer)
        return DocumentDecoder(answer)

    def failure(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> Failure:
        return self.named(endpoint, failures.told(status, headers, body))

    def amend(self, request: Request, failure: Failure) -> Request | None:
        return without_reasoning(request, failure)

    def auth_headers(self, secret: str) -> tuple[tuple[str, str], ...]:
        return (("Authorization", f"Bearer {secret}"),)

    def list_models(self, endpoint: Endpoint, cursor: str | None = None) -> Outgoing | None:
        return Outgoing(method="GET", path="/models")

    def read_models(self, body: bytes) -> tuple[list[ModelInfo], str | None]:
        return models.read(body, self.model), None

    def embed(self, endpoint: Endpoint, request: EmbeddingRequest) -> Outgoing:
        return embeddings.outgoing(request)

    def read_embeddings(self, request: EmbeddingRequest, body: bytes) -> EmbeddingResult:
        return embeddings.read(request, body)

    def rerank(self, endpoint: Endpoint, request: RerankRequest) -> Outgoing:
        return rerank.outgoing(request)

    def read_rerank(self, request: RerankRequest, body: bytes) -> RerankResult:
        return rerank.read(request, body)
