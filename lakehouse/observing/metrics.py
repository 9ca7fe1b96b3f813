"""Counting calls for Prometheus. Labels come from the configuration, never from a client.

Models and keys are no labels: there may be thousands, and a client names them. A
provider is one only by the name it is configured under.
"""

from lakehouse.gateway import live
from lakehouse.gateway.recorder import Finished
from lakehouse.gateway.seen import Seen
from lakehouse.observing.tallies import MOST_KINDS, OTHER, Tally

NOBODY = "none"  # the provider of a call that led to none


class Metrics:
    def __init__(self) -> None:
        self.tallies: dict[str, Tally] = {}
        self.refusals: dict[str, int] = {}

    def seen(self, call: Seen) -> None:
        row = call.finished.row
        tally = self._of(row.provider)
        tally.count_call(row.operation, row.outcome, row.error_kind)
        if row.outcome == "complete" and row.total_ms is not None:
            tally.whole.add(row.total_ms)
        if row.first_token_ms is not None:
            tally.first_token.add(row.first_token_ms)
        for attempt in call.finished.attempts:
            tried = tally if attempt.provider == row.provider else self._of(attempt.provider)
            tried.attempts[attempt.outcome] = tried.attempts.get(attempt.outcome, 0) + 1
            tried.input_tokens += attempt.input_tokens
            tried.output_tokens += attempt.output_tokens

    def written(self, calls: list[Finished]) -> None:
        for call in calls:
            for attempt in call.attempts:
                if attempt.cost is not None:
                    self._of(attempt.provider).cost += float(attempt.cost)

    def refused(self, code: str) -> None:
        """A request was answered with an error of the gateway's own."""
        if code not in self.refusals and len(self.refusals) >= MOST_KINDS:
            code = OTHER
        self.refusals[code] = self.refusals.get(code, 0) + 1

    def _of(self, provider: str) -> Tally:
        found = self.tallies.get(provider)
        if found is not None:
            return found
        if not provider:
            provider = NOBODY
        elif provider not in live.current().endpoints:
            provider = OTHER
        return self.tallies.setdefault(provider, Tally())
