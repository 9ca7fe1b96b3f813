"""How a check went: one entry a step, safe to show and to store."""

from enum import StrEnum

import msgspec

from providers.messages import ModelInfo
from providers.redact import redact

SHOWN = 500


class StepName(StrEnum):
    SECRET = "secret"
    REACHABLE = "reachable"
    KEY = "key accepted"
    MODEL = "default model listed"


class Result(StrEnum):
    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


class Step(msgspec.Struct, frozen=True):
    """`detail` is safe to show and says what to do about a failure."""

    name: StepName
    result: Result
    detail: str
    milliseconds: int = 0


class CheckResult(msgspec.Struct, frozen=True):
    """`models` is None when no list was read; the one read before then still stands."""

    provider: str
    steps: tuple[Step, ...]
    models: tuple[ModelInfo, ...] | None = None

    @property
    def ok(self) -> bool:
        return not self.error

    @property
    def error(self) -> str:
        """The detail of the first failed step, "" when none failed."""
        return next((step.detail for step in self.steps if step.result is Result.FAILED), "")


def step(name: StepName, result: Result, detail: str, milliseconds: int = 0) -> Step:
    """A step whose detail is redacted, in one line, and not too long."""
    return Step(name, result, shown(detail), milliseconds)


def shown(detail: str) -> str:
    """A detail as it may be stored and shown: redacted, in one line, and not too long."""
    plain = "".join(c if c.isprintable() else " " for c in redact(detail))
    return plain if len(plain) <= SHOWN else plain[: SHOWN - 1] + "…"
