"""Which provider and model a request means."""

import difflib

import msgspec

from lakehouse.errors import ApiError
from lakehouse.gateway.live import Principal, Snapshot
from providers.endpoint import Clearance, Endpoint, above
from providers.suggest import shown


class Rung(msgspec.Struct, frozen=True):
    """One try: a provider and its own name for the model."""

    endpoint: Endpoint
    model: str


def route(
    snapshot: Snapshot,
    principal: Principal,
    provider: str | None,
    model: str | None,
    sensitivity: Clearance | None = None,
) -> Rung:
    """The design's order: the `provider` field; a `<provider>/` prefix of the model; the
    provider whose list has exactly that model. Then 404 with near matches.

    Raises ApiError: 400 (nothing named), 403 (not for this key, or only by its provider's
    name), 404, 503 (switched off).
    """
    if provider is not None:
        return _checked(_named(snapshot, principal, provider), principal, model)
    if not model:
        raise ApiError(
            400,
            "model_required",
            'Name a model ("provider/model"), a provider to get its default model, or a profile; '
            "no profile is live.",
            param="model",
        )
    if model in snapshot.endpoints:
        return _checked(snapshot.endpoints[model], principal, None)
    prefix, slash, rest = model.partition("/")
    if slash and prefix in snapshot.endpoints:
        return _checked(snapshot.endpoints[prefix], principal, rest)
    listed = [snapshot.endpoints[n] for n in snapshot.by_model.get(model, ())]
    listed = [endpoint for endpoint in listed if principal.may_use(endpoint.name)]
    if not listed:
        raise _unknown_model(snapshot, principal, model)
    # Nobody named it: only one that may be called unattended, and one that is cleared if any is.
    free = [endpoint for endpoint in listed if endpoint.unattended]
    if not free:
        name = listed[0].name
        raise ask_by_name(f'"{shown(model)}" is listed by {name} only', name, f"{name}/{model}")
    cleared = [e for e in free if sensitivity is None or not above(sensitivity, e.clearance)]
    return _checked((cleared or free)[0], principal, model)


def ask_by_name(what: str, provider: str, example: str, field: str = "model") -> ApiError:
    """For a provider that a call would reach without having named it."""
    text = f"{what}, and {provider} is called only when it is asked for by name. Send"
    return ApiError(403, "ask_by_name", f'{text} "{field}": "{shown(example)}".', param=field)


def _named(snapshot: Snapshot, principal: Principal, provider: str) -> Endpoint:
    try:
        return snapshot.endpoints[provider]
    except KeyError:
        usable = [name for name in snapshot.endpoints if principal.may_use(name)]
        raise ApiError(
            404,
            "provider_not_found",
            f'No provider is named "{shown(provider)}".{near(provider, usable)}',
            param="provider",
        ) from None


def _checked(endpoint: Endpoint, principal: Principal, model: str | None) -> Rung:
    if not principal.may_use(endpoint.name):
        raise ApiError(
            403,
            "provider_not_allowed",
            f"This key may not use {endpoint.name}. It may use: "
            f"{', '.join(sorted(principal.allowed_providers))}.",
            param="provider",
        )
    if not endpoint.enabled:
        raise ApiError(
            503,
            "provider_disabled",
            f"{endpoint.name} is switched off. Enable it in the admin, or name another provider.",
            param="provider",
        )
    if model and model.startswith(f"{endpoint.name}/") and model not in endpoint.models:
        model = model.removeprefix(f"{endpoint.name}/")
    chosen = model or endpoint.default_model
    if not chosen:
        raise ApiError(
            400,
            "model_required",
            f"{endpoint.name} has no default model: name one in model, or set default_model.",
            param="model",
        )
    return Rung(endpoint, chosen)


def _unknown_model(snapshot: Snapshot, principal: Principal, model: str) -> ApiError:
    known = [
        full
        for name, endpoint in snapshot.endpoints.items()
        if endpoint.enabled and principal.may_use(name)
        for full in (name, *(f"{name}/{m}" for m in endpoint.models or (endpoint.default_model,)))
    ]
    return ApiError(
        404,
        "model_not_found",
        f'No provider lists the model "{shown(model)}".{near(model, known)} '
        'Use "provider/model" to name a provider yourself; GET /v1/models lists them.',
        param="model",
    )


def near(name: str, known: list[str]) -> str:
    bare = {k.rpartition("/")[2]: k for k in known}
    close = difflib.get_close_matches(name, [*known, *bare], n=3, cutoff=0.5)
    close = list(dict.fromkeys(bare.get(c, c) for c in close))
    if close:
        return f" Did you mean {' or '.join(close)}?"
    return f" There are: {', '.join(sorted(known)[:8])}." if known else " There are none yet."
