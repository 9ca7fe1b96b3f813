"""Sampling fields: what goes up, what an upstream model refuses, and how the client learns it."""

from typing import Any

from providers.adapters.claude.draft import Draft, refused
from providers.adapters.claude.traits import Traits
from providers.errors import ErrorKind
from providers.messages import Request, Sampling

# From this API version on, the sampling fields are refused whatever their value.
STRICT_VERSION = "2026-10-21"
_LEAST_TOP_P_WHEN_THINKING = 0.95
_TIERS = {"auto": "auto", "default": "standard_only", "standard_only": "standard_only"}


def add(
    body: dict[str, Any],
    request: Request,
    traits: Traits,
    *,
    version: str,
    thinks: bool,
    draft: Draft,
) -> None:
    """Puts sampling, stop and the tier into the body. Refuses n > 1 (unsupported)."""
    asked = request.sampling
    if asked.n is not None and asked.n > 1:
        raise refused(
            ErrorKind.UNSUPPORTED,
            "Claude models give one answer a call. Leave n out, or call several times.",
            "n",
        )
    sendable = version < STRICT_VERSION and traits.sampling != "none"
    _randomness(body, asked, sendable, thinks, draft)
    if traits.sampling == "either" and "temperature" in body and "top_p" in body:
        del body["top_p"]
        draft.drop("top_p")
    _stop(body, asked, draft)
    for name, value in _without_equal(asked):
        if value:
            draft.drop(name)
    _extras(body, request, draft)


def _randomness(
    body: dict[str, Any], asked: Sampling, sendable: bool, thinks: bool, draft: Draft
) -> None:
    """1 is the vendor's own value of temperature and top_p, so leaving it out loses nothing."""
    temperature, top_p, top_k = asked.temperature, asked.top_p, asked.top_k
    if temperature is not None and temperature != 1:
        if not sendable or thinks:
            draft.drop("temperature")
        else:
            body["temperature"] = min(temperature, 1)
            if temperature > 1:
                draft.note(f"temperature {temperature:g} was sent as 1, the most this API takes")
    if top_p is not None and top_p != 1:
        if not sendable or (thinks and top_p < _LEAST_TOP_P_WHEN_THINKING):
            draft.drop("top_p")
        else:
            body["top_p"] = top_p
    if top_k is not None:
        if not sendable or thinks:
            draft.drop("top_k")
        else:
            body["top_k"] = top_k


def _stop(body: dict[str, Any], asked: Sampling, draft: Draft) -> None:
    """The API refuses an entry that is only whitespace."""
    kept = [entry for entry in asked.stop if entry.strip()]
    if len(kept) < len(asked.stop):
        draft.drop("stop")
    if kept:
        body["stop_sequences"] = kept


def _without_equal(asked: Sampling) -> tuple[tuple[str, Any], ...]:
    """Fields with no counterpart. A zero or empty one asks for nothing, so it is honoured."""
    return (
        ("seed", asked.seed is not None),
        ("presence_penalty", asked.presence_penalty),
        ("frequency_penalty", asked.frequency_penalty),
        ("logit_bias", asked.logit_bias),
        ("logprobs", asked.logprobs),
        ("top_logprobs", asked.top_logprobs),
    )


def _extras(body: dict[str, Any], request: Request, draft: Draft) -> None:
    for name, value in request.extras.items():
        if name == "service_tier" and isinstance(value, str) and value in _TIERS:
            body["service_tier"] = _TIERS[value]
        elif value is not None:
            draft.drop(name)
