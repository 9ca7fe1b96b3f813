"""After the flip: the model that was replaced gives its server's memory back.

Best effort, by a free call. What is live has moved already, and stays so.
"""

from typing import NamedTuple

from profiles.activation import loading
from profiles.activation.activated import activated
from profiles.activation.model import Activation
from profiles.activation.network import Network
from profiles.activation.steps import Outcome, skipped
from profiles.activation.target import Target, target_of
from profiles.kinds import Kind
from providers.endpoint import Endpoint
from providers.models import Provider

RELEASED = "model released"


class Place(NamedTuple):
    """A model at a server. A name without a tag means the tag "latest", where there are tags."""

    kind: str
    base_url: str
    model: str


def release(moved: Activation, target: Target, network: Network) -> Outcome | None:
    """Lets go of the model that `moved` replaced; None where there is nothing to let go of."""
    if target.kind is not Kind.EXECUTION or not moved.before_profile:
        return None
    before = target_of(target.kind, moved.before_profile, moved.before_revision)
    endpoints = {provider.name: provider.endpoint() for provider in Provider.objects.all()}
    was, now = (
        _place(endpoints, each.values["provider"], each.values["model"])
        for each in (before, target)
    )
    if was is None or now is None or was[:2] != now[:2] or was == now or not was.model:
        return None
    for name, _, provider, model in activated(Kind.EXECUTION, "provider_id", "model"):
        others = name not in (before.name, target.name)
        if others and _place(endpoints, provider, model) == was:
            return skipped(f"{was.model} stays loaded: the profile {name} uses it too.")
    endpoint = endpoints[before.values["provider"]]
    return network.ask(loading.let_go(endpoint, was.model, network.transport))


def _place(endpoints: dict[str, Endpoint], provider: str | None, model: str) -> Place | None:
    endpoint = endpoints.get(provider or "")
    if endpoint is None:
        return None
    model = model or endpoint.default_model
    return Place(endpoint.kind, endpoint.base_url, model.removesuffix(":latest"))
