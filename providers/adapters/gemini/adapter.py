"""The Gemini adapter: which question is answered where."""

from collections.abc import Mapping
from typing import ClassVar

from providers.adapters.base import Adapter, Decoder, Defaults, Outgoing
from providers.adapters.gemini import build, catalogue, failures, states
from providers.adapters.gemini.decode import DocumentDecoder, StreamDecoder
from providers.endpoint import Endpoint
from providers.errors import Failure
from providers.messages import EmbeddingRequest, EmbeddingResult, ModelInfo, Request


class Gemini(Adapter):
    """The API's version is part of `base_url`.

    Option `safety_settings`: harm category -> threshold, for every chat call, for
    example `{HARM_CATEGORY_HARASSMENT = "BLOCK_ONLY_HIGH"}`.
    """

    kind = "gemini"
    label = "Google Gemini"
    defaults = Defaults(
        base_url="https://generativelanguage.googleapis.com/v1beta",
        auth="GEMINI_API_KEY",
        default_model="gemini-flash-latest",
    )
    hosts = frozenset({"generativelanguage.googleapis.com"})
    options: ClassVar[Mapping[str, type]] = {"safety_settings": dict}
    inline_images = True

    def chat(self, endpoint: Endpoint, request: Request) -> Outgoing:
        return build.chat(endpoint, request)

    def decoder(self, endpoint: Endpoint, request: Request) -> Decoder:
        return StreamDecoder(request) if request.stream else DocumentDecoder(request)

    def failure(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> Failure:
        return failures.of_answer(status, headers, body)

    def amend(self, request: Request, failure: Failure) -> Request | None:
        return states.replaced(request) if failures.is_bad_signature(failure) else None

    def auth_headers(self, secret: str) -> tuple[tuple[str, str], ...]:
        """Never `?key=`: URLs are logged."""
        return (("x-goog-api-key", secret),)

    def list_models(self, endpoint: Endpoint, cursor: str | None = None) -> Outgoing:
        return catalogue.list_models(cursor)

    def read_models(self, body: bytes) -> tuple[list[ModelInfo], str | None]:
        return catalogue.read_models(body)

    def embed(self, endpoint: Endpoint, request: EmbeddingRequest) -> Outgoing:
        return catalogue.embed(request)

    def read_embeddings(self, request: EmbeddingRequest, body: bytes) -> EmbeddingResult:
        return catalogue.read_embeddings(request, body)
