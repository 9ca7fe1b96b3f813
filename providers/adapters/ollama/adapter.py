"""The two kinds of provider: a daemon of one's own, and the vendor's cloud behind a key."""

import re
from collections.abc import Mapping
from typing import ClassVar

import msgspec

from providers.adapters.base import Adapter, Decoder, Defaults, Outgoing
from providers.adapters.ollama import body, failures, loading, others
from providers.adapters.ollama.decoder import ChatDecoder
from providers.adapters.ollama.options import CUTTING, KEEPING, LOADING, SAMPLING
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, Failure
from providers.messages import EmbeddingRequest, EmbeddingResult, ModelInfo, Request, Thinking

_CLOUD_SUFFIX = re.compile(r"[-:]cloud$")


class Ollama(Adapter):
    """A daemon. The first line waits for the model to load, hence the patience."""

    kind = "ollama"
    label = "Ollama"
    defaults = Defaults(
        base_url="http://localhost:11434",
        first_token_timeout=600.0,
        idle_timeout=120.0,
        total_timeout=1800.0,
    )
    options: ClassVar[Mapping[str, type]] = SAMPLING | LOADING | CUTTING | KEEPING
    inline_images = True
    advice: ClassVar[Mapping[ErrorKind, str]] = {
        ErrorKind.AUTH: "Sign the daemon in with `ollama signin`, or name the key of the proxy "
        "before it in the provider's auth.",
        ErrorKind.MODEL_NOT_FOUND: "Pull it there with `ollama pull`, or choose a listed model.",
        ErrorKind.CONTEXT_LENGTH: "Send less, or set num_ctx among the provider's options to a "
        "larger window, or truncate to have the oldest messages cut.",
    }

    def chat(self, endpoint: Endpoint, request: Request) -> Outgoing:
        # The daemon forwards models of this name to the cloud, with a login of its own.
        forwarded = _CLOUD_SUFFIX.search(request.model) is not None
        return body.chat(endpoint, request, cloud=forwarded)

    def decoder(self, endpoint: Endpoint, request: Request) -> Decoder:
        return ChatDecoder(endpoint, request, self.advice)

    def failure(
        self, endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes
    ) -> Failure:
        return failures.named(endpoint, status, headers, body, self.advice)

    def amend(self, request: Request, failure: Failure) -> Request | None:
        """Without thinking, where the model has none; the field is then reported as dropped."""
        wish = request.thinking
        refused = failure.kind is ErrorKind.UNSUPPORTED and failure.param == "reasoning_effort"
        if not refused or (wish.effort is None and wish.budget_tokens is None):
            return None
        asked = {"reasoning_effort": wish.effort, "reasoning.max_tokens": wish.budget_tokens}
        return msgspec.structs.replace(
            request,
            thinking=Thinking(want_text=wish.want_text),
            extras=request.extras | {name: v for name, v in asked.items() if v is not None},
        )

    def auth_headers(self, secret: str) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {secret}"),)

    def list_models(self, endpoint: Endpoint, cursor: str | None = None) -> Outgoing | None:
        return Outgoing("GET", "/api/tags")

    def read_models(self, body: bytes) -> tuple[list[ModelInfo], str | None]:
        return others.read_models(body), None

    def load(self, endpoint: Endpoint, model: str) -> Outgoing | None:
        return None if _CLOUD_SUFFIX.search(model) else loading.load(endpoint, model)

    def unload(self, endpoint: Endpoint, model: str) -> Outgoing | None:
        return None if _CLOUD_SUFFIX.search(model) else loading.unload(model)

    def embed(self, endpoint: Endpoint, request: EmbeddingRequest) -> Outgoing:
        return others.embed(endpoint, request.model, request)

    def read_embeddings(self, request: EmbeddingRequest, body: bytes) -> EmbeddingResult:
        return others.read_embeddings(request, body)


class OllamaCloud(Ollama):
    """The same API at its vendor's. Models have no cloud suffix there, and keep their window."""

    kind = "ollama_cloud"
    label = "Ollama Cloud"
    defaults = Defaults(
        base_url="https://ollama.com", auth="OLLAMA_API_KEY", first_token_timeout=300.0
    )
    hosts = frozenset({"ollama.com"})
    options: ClassVar[Mapping[str, type]] = SAMPLING | CUTTING
    advice: ClassVar[Mapping[ErrorKind, str]] = {
        ErrorKind.AUTH: "Check the key that the provider's auth names.",
        ErrorKind.MODEL_NOT_FOUND: "Choose a listed model; names have no cloud suffix there.",
    }

    def chat(self, endpoint: Endpoint, request: Request) -> Outgoing:
        return body.chat(endpoint, _bare(request), cloud=True)

    def embed(self, endpoint: Endpoint, request: EmbeddingRequest) -> Outgoing:
        return others.embed(endpoint, _bare_name(request.model), request)

    def load(self, endpoint: Endpoint, model: str) -> Outgoing | None:
        return None

    def unload(self, endpoint: Endpoint, model: str) -> Outgoing | None:
        return None

    def check(self, endpoint: Endpoint) -> Outgoing | None:
        """The used fractions of the plan. Undocumented, so a 404 says nothing about the key."""
        return Outgoing("GET", "/api/usage")


def _bare(request: Request) -> Request:
    name = _bare_name(request.model)
    return request if name == request.model else msgspec.structs.replace(request, model=name)


def _bare_name(model: str) -> str:
    return _CLOUD_SUFFIX.sub("", model)
