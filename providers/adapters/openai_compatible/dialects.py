"""OpenAI itself, which knows every field, and the servers that know the older ones."""

from providers.adapters.openai_compatible.body import EXTRAS, Body
from providers.adapters.openai_compatible.parts import unsupported
from providers.adapters.openai_compatible.turns import Turns
from providers.endpoint import Endpoint
from providers.messages import Request

LIMIT_FIELDS = ("max_tokens", "max_completion_tokens")


class OpenAITurns(Turns):
    keeps_developer = True
    keeps_refusal = True


class OpenAI(Body):
    turns_type = OpenAITurns
    knows_allowed_tools = True

    def limit_field(self) -> str:
        return "max_completion_tokens"

    def sampling(self) -> None:
        super().sampling()
        if self.fields.pop("top_k", None) is not None:
            self.dropped.append("top_k")


class Compatible(Body):
    """Sampling and templates have fields that vLLM and llama.cpp add (`wire/openai.md`)."""

    extras = EXTRAS | {"chat_template_kwargs"}

    def __init__(self, endpoint: Endpoint, request: Request, origin: str) -> None:
        super().__init__(endpoint, request, origin)
        self.turns.text_only = bool(endpoint.options.get("text_only"))
        self.turns.keeps_developer = bool(endpoint.options.get("developer_role"))

    def limit_field(self) -> str:
        name = str(self.endpoint.options.get("max_tokens_field", LIMIT_FIELDS[0]))
        if name not in LIMIT_FIELDS:
            unsupported(
                f"{self.endpoint.name}: the option max_tokens_field is {name!r}. "
                f"Set it to {' or '.join(LIMIT_FIELDS)}.",
                "max_tokens",
            )
        return name
