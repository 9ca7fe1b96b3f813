"""The parameters that an execution profile or a rung sets: names, ranges and what they become.

One table for the model's columns, a rung's overrides and imported files.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec
from django.core.exceptions import ValidationError

from profiles.checks import digits
from providers.messages import Effort, Request
from providers.suggest import shown, suggestion
from providers.validators import is_plain

MOST_TOKENS = 2_000_000
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
# Both ends included.
RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "top_k": (1, 100_000),
    "max_output_tokens": (1, MOST_TOKENS),
    "presence_penalty": (-2, 2),
    "frequency_penalty": (-2, 2),
    "seed": (-(2**63), 2**63 - 1),
}
WHOLE = frozenset({"top_k", "max_output_tokens", "seed"})
NAMES = (*RANGES, "stop", "reasoning_effort")
NO_OBJECT = 'parameters is an object, like {"temperature": 0.2}.'
MOST_STOPS = 16
LONGEST_STOP = 500


class Parameters(msgspec.Struct, frozen=True):
    """Each None (and an empty `stop`) means: not set here."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_output_tokens: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    reasoning_effort: Effort | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Parameters":
        """From a mapping that may hold more; empty texts and lists count as not set.

        Raises msgspec.ValidationError for what is no mapping, and for values that do not fit.
        """
        if not isinstance(values, Mapping):
            raise msgspec.ValidationError("Expected `object` of parameters")
        found = {n: values[n] for n in NAMES if values.get(n) not in (None, "", [], ())}
        return msgspec.convert(found, cls)

    def given(self) -> dict[str, Any]:
        return {n: v for n in NAMES if (v := getattr(self, n)) not in (None, ())}


def as_defaults(request: Request, parameters: Parameters) -> Request:
    """The request, with what it leaves open set by the parameters."""
    return _with(request, parameters, lambda asked, ours: ours if asked in (None, ()) else asked)


def as_overrides(request: Request, parameters: Parameters) -> Request:
    """The request, with what the parameters set in place of its own."""
    return _with(request, parameters, lambda asked, ours: asked if ours in (None, ()) else ours)


def _with(request: Request, p: Parameters, choose: Callable[[Any, Any], Any]) -> Request:
    sampling = request.sampling
    names = ("temperature", "top_p", "top_k", "presence_penalty", "frequency_penalty", "seed")
    chosen = {name: choose(getattr(sampling, name), getattr(p, name)) for name in names}
    chosen["stop"] = choose(sampling.stop, p.stop)
    effort = cast(Effort | None, choose(request.thinking.effort, p.reasoning_effort))
    return msgspec.structs.replace(
        request,
        sampling=msgspec.structs.replace(sampling, **chosen),
        thinking=msgspec.structs.replace(request.thinking, effort=effort),
        limit=choose(request.limit, p.max_output_tokens),
    )


# --- the checks that form, REST, import and rung share ----------------------


def check_overrides(value: Any) -> None:
    """Raises ValidationError unless it is an object of known parameters in their ranges."""
    if not isinstance(value, Mapping):
        raise ValidationError(NO_OBJECT)
    for key, given in value.items():
        if key not in NAMES:
            near = suggestion(shown(key), NAMES)
            raise ValidationError(f'parameters has no "{shown(key)}". {near}')
        try:
            check(key, given)
        except ValidationError as error:
            raise ValidationError(f"{key}: {error.messages[0]}") from None


def check(name: str, value: Any) -> None:
    """One parameter's value. Raises ValidationError."""
    if name == "stop":
        stops(value)
    elif name == "reasoning_effort":
        if value not in EFFORTS:
            raise ValidationError(f"Choose one of {', '.join(EFFORTS)}.")
    else:
        _number(name, value)


def stops(value: Any) -> None:
    if not isinstance(value, list | tuple) or len(value) > MOST_STOPS:
        raise ValidationError(f"stop is a list of at most {MOST_STOPS} texts.")
    for text in value:
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST_STOP or not is_plain(text):
            raise ValidationError(f"Each stop is a text of 1 to {LONGEST_STOP} characters.")


def _number(name: str, value: Any) -> None:
    low, high = RANGES[name]
    kinds: tuple[type, ...] = (int,) if name in WHOLE else (int, float)
    right = isinstance(value, kinds) and not isinstance(value, bool)
    if not right or not low <= value <= high:  # NaN is not between either
        what = "a whole number" if name in WHOLE else "a number"
        raise ValidationError(f"Write {what} from {digits(low)} to {digits(high)}.")
