"""Kimi: the coding plan and the Moonshot platform, one dialect (`wire/kimi.md`).

The coding plan admits interactive coding agents only. We send our own honest User-Agent;
another one is the operator's setting, and the operator's risk with the vendor's terms.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from providers.adapters.base import Adapter, Defaults, Outgoing
from providers.adapters.kimi import failures, names, traits
from providers.adapters.kimi.body import KimiBody
from providers.adapters.openai_compatible import OpenAICompatible
from providers.adapters.openai_compatible.failures import Told
from providers.adapters.openai_compatible.models import number
from providers.adapters.openai_compatible.reading import Reading
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

_CAPABILITIES = {
    "supports_tool_use": "tools",
    "supports_reasoning": "thinking",
    "supports_image_in": "vision",
    "supports_video_in": "video",
}


class Kimi(OpenAICompatible):
    kind = "kimi"
    label = "Kimi"
    defaults = Defaults(
        base_url=traits.BASES[0],
        auth="KIMI_API_KEY",
        default_model="kimi-for-coding",
        total_timeout=600.0,
        unattended=False,
        min_output_tokens=1500,
    )
    hosts = traits.CODING_HOSTS | traits.PLATFORM_HOSTS
    options: ClassVar[Mapping[str, type]] = {}
    always_stream = True

    def gated(self, base_url: str) -> bool:
        return traits.is_coding(base_url)

    def body(self, endpoint: Endpoint, request: Request) -> KimiBody:
        return KimiBody(endpoint, request, self.origin(request))

    def reading(self, endpoint: Endpoint, request: Request) -> Reading:
        sent = names.sent(request)
        return msgspec.structs.replace(
            super().reading(endpoint, request),
            only_first_call=request.parallel_tools is False,
            function_names={new: old for old, new in sent.items() if new != old},
        )

    def named(self, endpoint: Endpoint, said: Told) -> Failure:
        return failures.name(endpoint, said)

    def amend(self, request: Request, failure: Failure) -> Request | None:
        """Nothing: here earlier reasoning is asked for, never refused."""
        return None

    def model(self, item: dict[str, Any]) -> ModelInfo:
        return ModelInfo(
            id=item["id"],
            context_length=number(item.get("context_length")),
            capabilities=tuple(w for name, w in _CAPABILITIES.items() if item.get(name) is True),
        )

    def embed(self, endpoint: Endpoint, request: EmbeddingRequest) -> Outgoing:
        return Adapter.embed(self, endpoint, request)

    def read_embeddings(self, request: EmbeddingRequest, body: bytes) -> EmbeddingResult:
        return Adapter.read_embeddings(self, request, body)

    def rerank(self, endpoint: Endpoint, request: RerankRequest) -> Outgoing:
        return Adapter.rerank(self, endpoint, request)

    def read_rerank(self, request: RerankRequest, body: bytes) -> RerankResult:
        return Adapter.read_rerank(self, request, body)
