"""When nothing is left to try: one error that tells of every try, and why."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from lakehouse import errors
from lakehouse.errors import ApiError
from lakehouse.gateway.plan import Skip, Try
from providers.errors import Failure, ProviderError


class Told(msgspec.Struct, frozen=True):
    """What became of one try. `failure` where it was made and failed, `skip` where it was not."""

    attempt: Try
    kind: str
    message: str
    failure: Failure | None = None
    skip: Skip | None = None

    def shown(self) -> dict[str, Any]:
        return {
            "provider": self.attempt.endpoint.name,
            "model": self.attempt.model,
            "outcome": "skipped" if self.skip else "failed",
            "kind": self.kind,
            "message": self.message,
        }

    def __str__(self) -> str:
        who = f"{self.attempt.endpoint.name}/{self.attempt.model}"
        return f"{who} {'was skipped' if self.skip else 'failed'} ({self.kind}): {self.message}"

    @property
    def wait(self) -> float | None:
        """Seconds until it may be worth asking again, where it said so."""
        if self.failure is not None:
            return self.failure.retry_after
        return self.skip.secs if self.skip else None


def exhausted(told: Sequence[Told], headers: Mapping[str, str]) -> Exception:
    """A lone try's own failure as it is; else an ApiError with every try in it.

    Its status is that of the last try that was made; 503 where none was.
    """
    if len(told) == 1 and told[0].failure is not None:
        return ProviderError(told[0].failure)
    if len(told) == 1 and told[0].kind == "clearance":
        return ApiError(403, "clearance", told[0].message, headers=headers, retry=False)
    made = [entry.failure for entry in told if entry.failure is not None]
    status, kind = 503, None
    if made:
        status, _ = errors.status_and_code(made[-1].kind)
        kind = made[-1].kind.value
    waits = [entry.wait for entry in told if entry.wait is not None]
    listed = " ".join(f"{number}. {entry}" for number, entry in enumerate(told, start=1))
    return ApiError(
        status,
        "no_rung_answered",
        f"None of {len(told)} tries gave an answer. {listed}",
        kind=kind,
        retry_after=min(waits) if waits else None,
        retry=bool(waits) or any(failure.retryable for failure in made),
        headers=headers,
        rungs=[entry.shown() for entry in told],
    )
