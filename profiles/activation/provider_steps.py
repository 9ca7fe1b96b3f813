"""The steps of an execution profile at its provider, by free calls only."""

from collections.abc import AsyncIterator

import msgspec

from profiles.activation import invariants, loading
from profiles.activation.network import Network
from profiles.activation.steps import Outcome, Steps, failed, skipped
from profiles.activation.target import Target
from providers import check_result
from providers.check_result import StepName
from providers.checking import Check
from providers.models import Provider

CHECKED = {
    StepName.SECRET: "secret resolves",
    StepName.REACHABLE: "provider reachable",
    StepName.KEY: "key accepted",
    StepName.MODEL: "model listed",
}
WARMED = "model warmed"


def take(target: Target, steps: Steps, network: Network, *, warm: bool) -> None:
    """Raises StepFailed and Lost."""
    name = target.values["provider"]
    if not name:
        steps.skip([*CHECKED.values(), WARMED], "The profile names no provider.")
        return
    if complaints := list(invariants.provider_complaints(name)):
        steps.take(CHECKED[StepName.SECRET], lambda: failed(" ".join(complaints)))
    provider = Provider.objects.with_listing().get(name=name)
    model = target.values["model"] or provider.default_model
    endpoint = msgspec.structs.replace(provider.endpoint(), default_model=model)
    checked = Check(endpoint, network.transport).steps()
    for each in CHECKED.values():
        steps.take(each, lambda: network.ask(_next(checked)))
    if warm:
        steps.take(WARMED, lambda: network.ask(loading.load(endpoint, network.transport)))
    else:
        steps.take(WARMED, lambda: skipped("Not in a rehearsal."))


async def _next(checked: AsyncIterator[check_result.Step]) -> Outcome:
    step = await anext(checked)
    return Outcome(step.result.value, step.detail)
