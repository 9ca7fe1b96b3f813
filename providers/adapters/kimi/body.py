"""Kimi's chat request: what it fixes is left out, what it lacks is emulated or reported."""

from typing import Any, ClassVar, Final

from providers.adapters.base import Outgoing
from providers.adapters.kimi import traits
from providers.adapters.kimi.schema import subset
from providers.adapters.kimi.turns import KimiTurns
from providers.adapters.openai_compatible import tools
from providers.adapters.openai_compatible.body import SAMPLING, Body
from providers.adapters.openai_compatible.parts import unsupported
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, ProviderError, failure
from providers.messages import Allowed, JsonSchema, Named, Request, Tool

CODING_BODY_LIMIT: Final = 2 * 1024 * 1024
MOST_STOPS, LONGEST_STOP = 5, 32
# What the coding plan makes of each word; of these it is sent the three it always knows.
EFFORT: Final = {
    "minimal": "low",
    "low": "low",
    "medium": "high",
    "high": "high",
    "xhigh": "max",
    "max": "max",
}
CALL_NOW: Final = "Answer by calling a tool now, not in text."


class KimiBody(Body):
    turns: KimiTurns
    turns_type = KimiTurns
    extras: ClassVar[frozenset[str]] = frozenset({"prompt_cache_key"})

    def __init__(self, endpoint: Endpoint, request: Request, origin: str) -> None:
        super().__init__(endpoint, request, origin)
        self.traits = traits.of(request.model)
        self.thinks = not (request.thinking.effort == "none" and self.traits.can_stop)
        self.turns.thinks = self.thinks

    def outgoing(self) -> Outgoing:
        made = super().outgoing()
        if len(made.body) > CODING_BODY_LIMIT and traits.is_coding(self.endpoint.base_url):
            text = (
                f"The request is {len(made.body)} bytes long; {self.endpoint.name} takes at most "
                f"{CODING_BODY_LIMIT}. Send fewer or smaller images, or a shorter conversation."
            )
            raise ProviderError(
                failure(ErrorKind.TOO_LARGE, text, accepted=False, param="messages")
            )
        return made

    def tools(self) -> None:
        """One call at a time is kept by the decoder. A choice that would be refused beside
        thinking is asked for in words, and reported, since words do not bind.
        """
        chosen = self.request.tool_choice
        offered = tools.offered(self.request.tools, chosen)
        if not offered:
            return
        if isinstance(chosen, Allowed):
            chosen = chosen.mode
        if (chosen == "required" or isinstance(chosen, Named)) and not self._may_force():
            if isinstance(chosen, Named):
                offered = tuple(tool for tool in offered if tool.name == chosen.name)
            self.fields["messages"].append({"role": "system", "content": CALL_NOW})
            self.dropped.append("tool_choice")
            chosen = "auto"
        if isinstance(chosen, Named):
            chosen = Named(self.turns.function_name(chosen.name))
        self.fields["tools"] = [self._tool(item) for item in offered]
        if chosen is not None:
            self.fields["tool_choice"] = tools.choice(chosen)

    def output(self) -> None:
        super().output()
        if isinstance(self.request.output, JsonSchema):
            shape = self.fields["response_format"]["json_schema"]
            shape["schema"] = subset(self.request.output.schema, "response_format")

    def limit_field(self) -> str:
        return "max_completion_tokens"

    def sampling(self) -> None:
        """All fixed: any value but the fixed one is refused, so none is sent."""
        asked = self.request.sampling
        for name in SAMPLING:
            value = getattr(asked, name)
            if value is None or value is False or (name == "n" and value == 1):
                continue
            self.dropped.append(name)
        if len(asked.stop) > MOST_STOPS or any(len(s.encode()) > LONGEST_STOP for s in asked.stop):
            unsupported(
                f"Kimi takes at most {MOST_STOPS} stop strings of {LONGEST_STOP} bytes each.",
                "stop",
            )
        if asked.stop:
            self.fields["stop"] = asked.stop

    def thinking(self) -> None:
        effort = self.request.thinking.effort
        if not self.thinks:
            self.fields["thinking"] = {"type": "disabled"}
        elif effort in EFFORT and self.traits.levels:
            self.fields["reasoning_effort"] = EFFORT[effort]
        elif effort is not None:
            self.dropped.append("reasoning_effort")
        if self.request.thinking.budget_tokens is not None:
            self.dropped.append("reasoning.max_tokens")

    def stream(self) -> None:
        """Always: unstreamed, the platform gives up after 900 s of silence."""
        self.fields["stream"] = True
        self.fields["stream_options"] = {"include_usage": True}

    def _may_force(self) -> bool:
        return self.traits.can_force or not self.thinks

    def _tool(self, item: Tool) -> dict[str, Any]:
        """`strict` is said either way: left out it means true here, and false to OpenAI."""
        written = tools.tool(item)
        function = written["function"]
        function["name"] = self.turns.function_name(item.name)
        function["parameters"] = subset(function["parameters"], "tools")
        function["strict"] = bool(item.strict)
        return written
