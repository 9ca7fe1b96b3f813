"""The body of a chat request, with a note of every field that it could not hold."""

from typing import Any, ClassVar, Final

import msgspec

from providers.adapters.base import Outgoing
from providers.adapters.openai_compatible import tools
from providers.adapters.openai_compatible.turns import Turns
from providers.endpoint import Endpoint
from providers.messages import Allowed, Request

# OpenAI's own further fields (`wire/openai.md`), which a compatible server may know or ignore.
EXTRAS: Final = frozenset(
    {
        "audio",
        "metadata",
        "modalities",
        "moderation",
        "prediction",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "service_tier",
        "store",
        "verbosity",
        "web_search_options",
    }
)
FLOOR_HEADER: Final = "x-lakehouse-output-floor"
SAMPLING: Final = (
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "n",
)


class Body:
    """Builds one body. A vendor overrides the steps in which it differs.

    A step puts fields into `fields`, or their names in the client's dialect into `dropped`.
    """

    turns_type: ClassVar[type[Turns]] = Turns
    extras: ClassVar[frozenset[str]] = EXTRAS
    knows_allowed_tools: ClassVar[bool] = False

    def __init__(self, endpoint: Endpoint, request: Request, origin: str) -> None:
        self.endpoint = endpoint
        self.request = request
        self.turns = self.turns_type(request, origin)
        self.fields: dict[str, Any] = {}
        self.dropped: list[str] = []
        self.notes: list[tuple[str, str]] = []

    def outgoing(self) -> Outgoing:
        """Raises ProviderError when the request cannot be said in this wire format."""
        self.fields = {"model": self.request.model, "messages": self.turns.write()}
        self.tools()
        self.output()
        self.limit()
        self.sampling()
        self.thinking()
        self.stream()
        self.further()
        return Outgoing(
            method="POST",
            path="/chat/completions",
            body=msgspec.json.encode(self.fields),
            dropped=tuple(self.dropped),
            notes=tuple(self.notes),
        )

    # --- the steps ---

    def tools(self) -> None:
        """`tool_choice` and `parallel_tool_calls` are refused where there are no tools."""
        chosen = self.request.tool_choice
        if self.knows_allowed_tools:
            offered = self.request.tools
        else:
            offered = tools.offered(self.request.tools, chosen)
            chosen = chosen.mode if isinstance(chosen, Allowed) else chosen
        if not offered:
            return
        self.fields["tools"] = [tools.tool(item) for item in offered]
        if chosen is not None:
            self.fields["tool_choice"] = tools.choice(chosen)
        if self.request.parallel_tools is not None:
            self.fields["parallel_tool_calls"] = self.request.parallel_tools

    def output(self) -> None:
        shape = tools.output(self.request.output)
        if shape is not None:
            self.fields["response_format"] = shape

    def limit_field(self) -> str:
        return "max_tokens"

    def limit(self) -> None:
        """The limit asked for, or the provider's floor where that is higher, said in a note."""
        asked, floor = self.request.limit, self.endpoint.min_output_tokens
        if asked is None:
            return
        self.fields[self.limit_field()] = max(asked, floor)
        if asked < floor:
            self.notes.append((FLOOR_HEADER, str(floor)))

    def sampling(self) -> None:
        for name in SAMPLING:
            value = getattr(self.request.sampling, name)
            if value is not None:
                self.fields[name] = value
        if self.request.sampling.stop:
            self.fields["stop"] = self.request.sampling.stop

    def thinking(self) -> None:
        """The wire has a word for effort only. Hidden reasoning is hidden by whoever reads it."""
        if self.request.thinking.effort is not None:
            self.fields["reasoning_effort"] = self.request.thinking.effort
        if self.request.thinking.budget_tokens is not None:
            self.dropped.append("reasoning.max_tokens")

    def stream(self) -> None:
        """Usage is asked for in every stream, since calls are accounted; an option stops it."""
        if not self.request.stream:
            return
        self.fields["stream"] = True
        if self.endpoint.options.get("stream_usage", True):
            self.fields["stream_options"] = {"include_usage": True}

    def further(self) -> None:
        if self.request.user is not None:
            self.fields["user"] = self.request.user
        for name, value in self.request.extras.items():
            if name in self.extras:
                self.fields[name] = value
            else:
                self.dropped.append(name)
