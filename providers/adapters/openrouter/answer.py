"""What OpenRouter's answers hold beyond OpenAI's: reasoning details, and errors with a twist."""

from providers.adapters.openai_compatible.answer import Answer
from providers.adapters.openai_compatible.choice import OneChoice
from providers.adapters.openai_compatible.reading import Reading
from providers.adapters.openai_compatible.wire import Choice, Delta
from providers.adapters.openrouter.details import KIND, Details
from providers.errors import ErrorKind, Failure, failure
from providers.events import Event, ReasoningState


class OpenRouterChoice(OneChoice):
    def __init__(self, index: int, reading: Reading, seen_ids: set[str]) -> None:
        super().__init__(index, reading, seen_ids)
        self._details = Details()

    def take(self, piece: Choice, delta: Delta, out: list[Event]) -> None:
        if isinstance(delta.reasoning_details, list):
            text = self._details.take(delta.reasoning_details)
            if not (delta.reasoning or delta.reasoning_content):
                self.reason("", text, out)
        super().take(piece, delta, out)

    def keep_state(self, out: list[Event]) -> None:
        """The details, whether tools were called or not; plain text only where there are none."""
        if self._details.entries:
            out.append(ReasoningState(self.reading.state(KIND, self._details.entries), self.index))
        else:
            super().keep_state(out)


class OpenRouterAnswer(Answer):
    choice_type = OpenRouterChoice

    def fail(self, why: Failure, out: list[Event]) -> None:
        """After a finish of `length`, an error that says the same is no news (recorded)."""
        if why.kind is ErrorKind.CONTEXT_LENGTH and self._ran_out():
            super().close(out)
        else:
            super().fail(why, out)

    def close(self, out: list[Event]) -> None:
        """An answer of nothing, for no tokens, is a model that was still starting."""
        generated = self.usage.output if self.usage else 0
        if self.has_content or generated or self._ran_out() or self._was_filtered():
            super().close(out)
        else:
            self.empty(out)

    def empty(self, out: list[Event]) -> None:
        text = f"{self.reading.name} answered with nothing: the model may be starting. Try again."
        self.fail(failure(ErrorKind.SERVER, text, status=200), out)

    def _ran_out(self) -> bool:
        return self._finished_as("length")

    def _was_filtered(self) -> bool:
        return self._finished_as("content_filter")

    def _finished_as(self, reason: str) -> bool:
        return any(choice.native_finish == reason for choice in self.choices.values())
