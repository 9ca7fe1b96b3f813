"""OpenRouter: OpenAI's dialect with routing on top (`wire/openrouter.md`)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from providers.adapters.base import Defaults, Outgoing
from providers.adapters.openai_compatible import OpenAICompatible
from providers.adapters.openai_compatible.body import Body
from providers.adapters.openai_compatible.failures import Told
from providers.adapters.openai_compatible.models import number
from providers.adapters.openrouter import failures
from providers.adapters.openrouter.answer import OpenRouterAnswer
from providers.adapters.openrouter.body import OpenRouterBody
from providers.endpoint import Endpoint
from providers.errors import Failure
from providers.messages import ModelInfo, Request

_BY_PARAMETER = {
    "tools": "tools",
    "structured_outputs": "structured_output",
    "reasoning": "thinking",
}
_BY_MODALITY = {"image": "vision", "audio": "audio", "file": "files"}


class OpenRouter(OpenAICompatible):
    """Option: `provider`, OpenRouter's routing object as it is (`order`, `only`, `zdr`,
    `data_collection`, `require_parameters`, …).
    """

    kind = "openrouter"
    label = "OpenRouter"
    defaults = Defaults(base_url="https://openrouter.ai/api/v1", auth="OPENROUTER_API_KEY")
    hosts = frozenset({"openrouter.ai"})
    options: ClassVar[Mapping[str, type]] = {"provider": dict}
    answer_type = OpenRouterAnswer

    def origin(self, request: Request) -> str:
        """States belong to the vendor behind, the same over its models: "openrouter:anthropic"."""
        return f"{self.kind}:{request.model.lstrip('~').partition('/')[0]}"

    def body(self, endpoint: Endpoint, request: Request) -> Body:
        return OpenRouterBody(endpoint, request, self.origin(request))

    def named(self, endpoint: Endpoint, said: Told) -> Failure:
        return failures.name(endpoint, said)

    def check(self, endpoint: Endpoint) -> Outgoing | None:
        """The list of models is public; this is not."""
        return Outgoing(method="GET", path="/key")

    def model(self, item: dict[str, Any]) -> ModelInfo:
        top = _object(item, "top_provider")
        parameters = _list(item.get("supported_parameters"))
        modalities = _list(_object(item, "architecture").get("input_modalities"))
        return ModelInfo(
            id=item["id"],
            context_length=number(item.get("context_length")) or number(top.get("context_length")),
            max_output=number(top.get("max_completion_tokens")),
            capabilities=(
                *(word for name, word in _BY_PARAMETER.items() if name in parameters),
                *(word for name, word in _BY_MODALITY.items() if name in modalities),
            ),
        )


def _object(document: dict[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
