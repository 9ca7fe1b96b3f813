"""Taking steps one by one, each told when it begins and when it has ended."""

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from profiles.activation.record import FAILED, OK, RUNNING, SKIPPED, Step, interrupted
from providers.check_result import shown


class StepFailed(Exception):
    """The activation ends here; the text says why and what to do."""


class Outcome(NamedTuple):
    """How a step went. `result` is ok, failed or skipped; `detail` is for people."""

    result: str
    detail: str


def ok(detail: str) -> Outcome:
    return Outcome(OK, detail)


def failed(detail: str) -> Outcome:
    return Outcome(FAILED, detail)


def skipped(detail: str) -> Outcome:
    return Outcome(SKIPPED, detail)


class Steps:
    """The steps of one run. `told` hears of all so far whenever one begins.

    That one has ended is told with the next one's beginning, which follows at once, or in
    the record of how all ended: `all` has it.
    """

    def __init__(self, told: Callable[[list[Step]], None], kept: Iterable[Step] = ()) -> None:
        self._told = told
        self.all = list(kept)
        self._began = time.monotonic()

    def take(self, name: str, work: Callable[[], Outcome]) -> None:
        """Raises StepFailed when the outcome is failed."""
        self.begin(name)
        outcome = work()
        self.all = self.ended(outcome, self._took())
        if outcome.result == FAILED:
            raise StepFailed(self.all[-1].detail)

    def skip(self, names: Iterable[str], why: str) -> None:
        """Steps that need not be taken."""
        self.all += [Step(name, SKIPPED, why) for name in names]

    def begin(self, name: str) -> None:
        self.all.append(Step(name, RUNNING, ""))
        self._told(self.all)
        self._began = time.monotonic()

    def ended(self, outcome: Outcome, milliseconds: int) -> list[Step]:
        """The steps with the last one ended so; they are kept by the caller."""
        *before, last = self.all
        return [*before, Step(last.name, outcome.result, shown(outcome.detail), milliseconds)]

    def interrupted(self, why: str) -> list[Step]:
        """The steps with a running one as failed."""
        return interrupted(self.all, shown(why), self._took())

    def _took(self) -> int:
        """Milliseconds since the last one began."""
        return round((time.monotonic() - self._began) * 1000)
