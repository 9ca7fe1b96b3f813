"""A model in its server's memory: brought there before the flip, let go when it was replaced."""

import msgspec

from profiles.activation.steps import Outcome, failed, ok, skipped
from providers import adapters, secrets
from providers.adapters.base import Outgoing
from providers.asking import ask
from providers.endpoint import Endpoint
from providers.errors import ProviderError
from providers.transport import Transport

RELEASE_SECS = 10.0


async def load(endpoint: Endpoint, transport: Transport) -> Outcome:
    """Loads the endpoint's default model, within the time that a call would wait for it."""
    model = endpoint.default_model
    if not model:
        return skipped("Neither the profile nor its provider names a model.")
    outgoing = adapters.get(endpoint.kind).load(endpoint, model)
    if outgoing is None:
        return skipped("This provider's models need no loading.")
    if problem := await _asked(endpoint, outgoing, transport, endpoint.timeouts.first_token):
        return failed(f"{model} was not loaded: {problem}")
    return ok(f"{model} is loaded.")


async def let_go(endpoint: Endpoint, model: str, transport: Transport) -> Outcome | None:
    """Unloads the model; None where there is no such thing."""
    outgoing = adapters.get(endpoint.kind).unload(endpoint, model)
    if outgoing is None:
        return None
    if problem := await _asked(endpoint, outgoing, transport, RELEASE_SECS):
        return failed(f"{model} stays loaded for now: {problem}")
    return ok(f"{model} was unloaded.")


async def _asked(
    endpoint: Endpoint, outgoing: Outgoing, transport: Transport, seconds: float
) -> str:
    """What went wrong, "" when nothing did."""
    limits = msgspec.structs.replace(endpoint.timeouts, total=min(endpoint.timeouts.total, seconds))
    limited = msgspec.structs.replace(endpoint, timeouts=limits)
    try:
        secret = secrets.resolve(limited).reveal()
        await ask(transport, adapters.get(limited.kind), limited, outgoing, secret)
    except ProviderError as error:
        return error.failure.message
    return ""
