"""A ladder as a call uses it, and which endings of a try lead on to the next rung."""

from typing import Literal

import msgspec

from profiles.parameters import Parameters
from providers.errors import ErrorKind, Failure

# How an answer can be bad: no content; cut by the limit before any; failed validation; refused.
Ending = Literal["empty", "length", "invalid", "refused"]


class Rung(msgspec.Struct, frozen=True):
    """`model` is "" for the provider's default. `on_errors` empty: whatever allows failover."""

    position: int
    provider: str
    model: str = ""
    parameters: Parameters = Parameters()
    on_errors: frozenset[str] = frozenset()
    on_answers: frozenset[str] = frozenset()

    def leads_on(self, failure: Failure) -> bool:
        """Refusals (content_filter) never do by default: their failover bit is off."""
        if self.on_errors:
            return failure.kind.value in self.on_errors
        return failure.failover and failure.kind is not ErrorKind.CONTENT_FILTER

    def leads_on_from(self, answer: Ending) -> bool:
        if answer == "refused":
            return ErrorKind.CONTENT_FILTER in self.on_errors
        return answer in self.on_answers


class Ladder(msgspec.Struct, frozen=True):
    name: str
    rungs: tuple[Rung, ...] = ()
    deadline_secs: float = 600.0


# The try before the first rung, by what a call or its profile names: anything bad leads on.
FIRST = Rung(0, "", on_answers=frozenset({"empty", "length", "invalid"}))
