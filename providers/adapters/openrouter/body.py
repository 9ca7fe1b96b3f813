"""OpenRouter's additions to a chat request, and the one field that it does not have."""

from typing import Any, Final

from providers.adapters.openai_compatible.body import EXTRAS, Body
from providers.adapters.openai_compatible.parts import unsupported
from providers.adapters.openai_compatible.turns import REASONING_FIELDS, Message, Turns
from providers.adapters.openrouter import details
from providers.messages import Segment, Text, Turn

# Each says how to generate; none can name a URL, a key or a header. `provider`, which picks
# who may see the data, is the operator's option and never the client's field.
OWN_EXTRAS: Final = frozenset(
    {
        "cache_control",
        "min_p",
        "models",
        "plugins",
        "repetition_penalty",
        "route",
        "session_id",
        "top_a",
        "top_k",
        "transforms",
    }
)
_REASONING: Final = frozenset({"effort", "max_tokens", "exclude", "enabled", "summary"})
_CACHED: Final = {"type": "ephemeral"}


class OpenRouterTurns(Turns):
    keeps_developer = True

    def text(self, part: Text) -> Message:
        written = super().text(part)
        return {**written, "cache_control": _CACHED} if part.cache_hint else written

    def instruction(self, segment: Segment) -> Any:
        if not segment.cache_hint:
            return segment.text
        return [self.text(Text(segment.text, cache_hint=True))]

    def finish_assistant(self, message: Message, turn: Turn) -> None:
        """The details in order and untouched; plain reasoning only where there are none."""
        states = self.own_states(turn)
        entries = [
            entry
            for state in states
            if state.kind == details.KIND
            for entry in details.sendable(state.value)
        ]
        if entries:
            message[details.KIND] = entries
            return
        for state in states:
            if state.kind in REASONING_FIELDS and isinstance(state.value, str):
                message["reasoning"] = state.value


class OpenRouterBody(Body):
    turns_type = OpenRouterTurns
    extras = EXTRAS | OWN_EXTRAS

    def sampling(self) -> None:
        """`n` is not in the API's description, and one choice for n would be a wrong answer."""
        if (self.request.sampling.n or 1) > 1:
            unsupported("OpenRouter gives one choice; leave n out.", "n")
        super().sampling()
        self.fields.pop("n", None)

    def thinking(self) -> None:
        """Effort or a budget, never both. Reasoning is not excluded beside tools, since what
        is excluded cannot be sent back with their results; it is then left out on our side.
        """
        asked = self.request.thinking
        given = self.request.extras.get("reasoning")
        options = (
            {name: value for name, value in given.items() if name in _REASONING}
            if isinstance(given, dict)
            else {}
        )
        if asked.budget_tokens is not None:
            options["max_tokens"] = asked.budget_tokens
            if options.pop("effort", asked.effort) is not None and asked.effort is not None:
                self.dropped.append("reasoning_effort")
        elif asked.effort is not None:
            options["effort"] = asked.effort
            options.pop("max_tokens", None)
        if asked.want_text is False and not self.request.tools:
            options["exclude"] = True
        if options:
            self.fields["reasoning"] = options

    def stream(self) -> None:
        """Usage comes without being asked for."""
        if self.request.stream:
            self.fields["stream"] = True

    def further(self) -> None:
        super().further()
        if isinstance(self.request.extras.get("reasoning"), dict):
            self.dropped.remove("reasoning")
        routing = self.endpoint.options.get("provider")
        if routing:
            self.fields["provider"] = routing
