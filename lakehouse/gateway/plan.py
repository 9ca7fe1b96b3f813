"""What a request will try: the profile it gets, the first provider, then the ladder's rungs.

Which profile: the `profile` field or the key's own; `model` when it is a profile's name,
or "live"; none for a request that names its provider; else the live one.
"""

from difflib import get_close_matches
from typing import Any

import msgspec

from lakehouse.errors import ApiError
from lakehouse.gateway.live import Principal, Snapshot
from lakehouse.gateway.route import Rung, ask_by_name, near, route
from profiles.execution.policy import Execution, with_floor
from profiles.ladder import policy
from profiles.ladder.model import not_unattended
from profiles.parameters import Parameters
from providers.endpoint import Clearance, Endpoint, above
from providers.errors import Failure
from providers.suggest import shown

LIVE = "live"
# Refusals of the first provider that do not end a call which has a ladder.
_CLIMBED_OVER = ("provider_disabled", "provider_not_allowed", "clearance", "ask_by_name")


class Skip(msgspec.Struct, frozen=True):
    """Why a try is not made: a word for the ledger, and a sentence. `secs` until it may be."""

    reason: str
    detail: str
    secs: float | None = None


class Try(msgspec.Struct, frozen=True):
    """One provider and model. `rung` is None for the first try; `barred` is known beforehand."""

    endpoint: Endpoint
    model: str
    rung: policy.Rung | None = None
    barred: Skip | None = None

    @property
    def parameters(self) -> Parameters:
        return self.rung.parameters if self.rung else Parameters()

    def leads_on(self, failure: Failure) -> bool:
        return (self.rung or policy.FIRST).leads_on(failure)

    def leads_on_from(self, answer: policy.Ending) -> bool:
        return (self.rung or policy.FIRST).leads_on_from(answer)


class Plan(msgspec.Struct, frozen=True):
    """At least one try. `named`: the profile was asked for by name, by the call or its key."""

    tries: tuple[Try, ...]
    profile: Execution | None = None
    named: bool = False
    ladder: policy.Ladder | None = None


class Asked(msgspec.Struct, frozen=True):
    """What of a request decides where it goes."""

    provider: str | None = None
    model: str | None = None
    profile: str | None = None
    ladder: str | None = None
    sensitivity: Clearance | None = None


def plan(snapshot: Snapshot, principal: Principal, asked: Asked) -> Plan:
    """Raises ApiError: 400 (nothing named), 403 (not for this key or label), 404, 503."""
    if asked.sensitivity and above(asked.sensitivity, principal.clearance):
        text = f"This key may handle {principal.clearance} content at most, not {asked.sensitivity}"
        raise ApiError(403, "clearance", f"{text}. Use another key.", param="sensitivity")
    profile, named, model = _profile(snapshot, principal, asked)
    ladder = _ladder(snapshot, asked.ladder or (profile.ladder if profile else ""))
    try:
        first = _first(snapshot, principal, asked, profile, named, model)
    except ApiError as error:
        if ladder is None or error.code not in _CLIMBED_OVER:
            raise
        first = Try(_endpoint_of(snapshot, asked, profile), model or "", None, _skip(error))
    if first is None and profile is not None and not named and model:
        # The live profile does not have this model; a provider that lists it serves it as it is.
        profile, ladder = None, _ladder(snapshot, asked.ladder or "")
        first = _checked(route(snapshot, principal, None, model, asked.sensitivity), asked)
    rungs = _rungs(snapshot, principal, asked, ladder) if ladder else []
    tries = [first] if first else []
    tries += [t for t in rungs if not first or not _same(first, t)]
    if not tries:
        raise ApiError(
            400,
            "model_required",
            f"The profile {profile} names no provider, and neither does this request. Name a model."
            if profile
            else f"The ladder {asked.ladder} has no rungs. Add one, or name a model.",
            param="model",
        )
    if profile is not None:
        tries = [
            msgspec.structs.replace(t, endpoint=with_floor(t.endpoint, profile)) for t in tries
        ]
    return Plan(tuple(tries), profile, named, ladder)


# --- the profile ---


def _profile(
    snapshot: Snapshot, principal: Principal, asked: Asked
) -> tuple[Execution | None, bool, str | None]:
    """The profile, whether it was asked for by name, and the model that is then left to route."""
    profiles = snapshot.profiles
    name, model = asked.profile, asked.model
    if principal.profile:
        if name not in (None, principal.profile):
            text = f"This key's calls get the profile {principal.profile}. Leave profile out."
            raise ApiError(403, "profile_not_allowed", text, param="profile")
        name = principal.profile
    if name is None and asked.provider is None and model and is_profile(snapshot, model):
        name = model
    if name is not None:
        left = None if model in (name, LIVE) else model
        return _named(snapshot, name), name != LIVE, left
    if asked.provider is not None or (model and _names_provider(snapshot, model)):
        return None, False, model
    return profiles.live_execution, False, model


def is_profile(snapshot: Snapshot, model: str) -> bool:
    """Does a call with this as its model get a profile? Providers and their models come first."""
    if _names_provider(snapshot, model) or model in snapshot.by_model:
        return False
    return model == LIVE or model in snapshot.profiles.execution


def _names_provider(snapshot: Snapshot, model: str) -> bool:
    return model in snapshot.endpoints or model.partition("/")[0] in snapshot.endpoints


def _named(snapshot: Snapshot, name: str) -> Execution:
    profiles = snapshot.profiles
    found = profiles.live_execution if name == LIVE else profiles.execution.get(name)
    if found is not None:
        return found
    if name == LIVE:
        text = "No execution profile is live. Activate one, or name a model."
    elif name in profiles.never_activated:
        text = f"The profile {name} was never activated, so no call can use it. Activate it first."
    else:
        text = (
            f'No execution profile is named "{shown(name)}".{near(name, list(profiles.execution))}'
        )
    raise ApiError(404, "profile_not_found", text, param="profile")


# --- the first try ---


def _first(
    snapshot: Snapshot,
    principal: Principal,
    asked: Asked,
    profile: Execution | None,
    named: bool,
    model: str | None,
) -> Try | None:
    """None where neither the request nor its profile names a provider that has the model."""
    if profile is None:
        if asked.ladder and asked.provider is None and not model:
            return None
        return _checked(route(snapshot, principal, asked.provider, model, asked.sensitivity), asked)
    if asked.provider is not None or (model and _names_provider(snapshot, model)):
        return _checked(route(snapshot, principal, asked.provider, model, asked.sensitivity), asked)
    if not profile.provider:
        return (
            _checked(route(snapshot, principal, None, model, asked.sensitivity), asked)
            if model
            else None
        )
    if model and not named and not _may_have(snapshot, profile.provider, model):
        return None
    chosen = _checked(
        route(snapshot, principal, profile.provider, model or profile.model or None), asked
    )
    if not named and not chosen.endpoint.unattended:
        what = f"The live profile {profile.name} uses {profile.provider}"
        raise ask_by_name(what, profile.provider, profile.name, "profile")
    return chosen


def _may_have(snapshot: Snapshot, provider: str, model: str) -> bool:
    """True when the provider lists the model, or nobody's list says anything of it.

    Not where a provider's name before the slash seems to be misspelt: what is meant for one
    provider must not go to another.
    """
    endpoint = snapshot.endpoints.get(provider)
    if endpoint is None or model in endpoint.models:
        return True
    prefix, slash, _ = model.partition("/")
    if slash and get_close_matches(prefix, snapshot.endpoints, n=1, cutoff=0.75):
        return False
    return not endpoint.models and model not in snapshot.by_model


def _checked(rung: Rung, asked: Asked) -> Try:
    endpoint = rung.endpoint
    if asked.sensitivity and above(asked.sensitivity, endpoint.clearance):
        raise ApiError(403, "clearance", _clearance(endpoint, asked.sensitivity), param="provider")
    return Try(endpoint, rung.model)


def _endpoint_of(snapshot: Snapshot, asked: Asked, profile: Execution | None) -> Endpoint:
    name = asked.provider or (asked.model or "").partition("/")[0]
    if name not in snapshot.endpoints and profile is not None:
        name = profile.provider
    return snapshot.endpoints.get(name) or Endpoint(name, "", "")


# --- the ladder ---


def _ladder(snapshot: Snapshot, name: str) -> policy.Ladder | None:
    if not name:
        return None
    found = snapshot.profiles.ladders.get(name)
    if found is None:
        known = list(snapshot.profiles.ladders)
        text = f'No ladder is named "{shown(name)}".{near(name, known)}'
        raise ApiError(404, "ladder_not_found", text, param="ladder")
    return found


def _rungs(
    snapshot: Snapshot, principal: Principal, asked: Asked, ladder: policy.Ladder
) -> list[Try]:
    tries = []
    for rung in ladder.rungs:
        endpoint = snapshot.endpoints.get(rung.provider) or Endpoint(rung.provider, "", "")
        model = rung.model or endpoint.default_model
        tries.append(Try(endpoint, model, rung, _bar(endpoint, principal, asked, model)))
    return tries


def _bar(endpoint: Endpoint, principal: Principal, asked: Asked, model: str) -> Skip | None:
    name = endpoint.name
    if not endpoint.kind:
        return Skip("unknown", f"There is no provider {name}.")
    if not endpoint.unattended:
        return Skip("unattended", not_unattended(name))
    if not endpoint.enabled:
        return Skip("disabled", f"{name} is switched off.")
    if not principal.may_use(name):
        return Skip("key", f"This key may not use {name}.")
    if asked.sensitivity and above(asked.sensitivity, endpoint.clearance):
        return Skip("clearance", _clearance(endpoint, asked.sensitivity))
    if not model:
        return Skip("no_model", f"The rung names no model, and {name} has no default model.")
    return None


def _same(first: Try, other: Try) -> bool:
    """A rung that would ask the same again: the first try has made it already."""
    return (first.endpoint.name, first.model) == (
        other.endpoint.name,
        other.model,
    ) and not other.parameters.given()


def _skip(error: ApiError) -> Skip:
    return Skip(error.code.removeprefix("provider_"), error.message)


def _clearance(endpoint: Endpoint, label: Clearance) -> str:
    return (
        f"{endpoint.name} may receive {endpoint.clearance} content at most, and this call's is "
        f"{label}. Choose a provider with a higher clearance."
    )


def asked_of(body: Any) -> Asked:
    """From a chat body."""
    return Asked(body.provider, body.model, body.profile, body.ladder, body.sensitivity)
