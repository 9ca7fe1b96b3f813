"""The steps of an execution profile at its provider, by free calls only."""

from collections.abc import AsyncIterator
from functools import partial

import msgspec

from profiles.activation import invariants, loading
from profiles.activation.network import Network
from profiles.activation.record import FAILED
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
# What to do after each that failed, where what it says of itself may not tell.
ADVICE = {
    CHECKED[StepName.REACHABLE]: "See that {0} runs and that its base URL is right, and activate "
    "again.",
    CHECKED[StepName.KEY]: "See that the secret of {0} is the right one, and activate again.",
    CHECKED[StepName.MODEL]: "Name a model that {0} has, in the profile or as the provider's "
    "default, and activate again.",
    WARMED: "See why {0} does not load it, or name another model, and activate again.",
}


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
        steps.take(each, lambda: _advised(steps, name, network.ask(_next(checked))))
    if warm:
        load = partial(loading.load, endpoint, network.transport)
        steps.take(WARMED, lambda: _advised(steps, name, network.ask(load())))
    else:
        steps.take(WARMED, lambda: skipped("Not in a rehearsal."))


async def _next(checked: AsyncIterator[check_result.Step]) -> Outcome:
    step = await anext(checked)
    return Outcome(step.result.value, step.detail)


def _advised(steps: Steps, provider: str, outcome: Outcome) -> Outcome:
    """The running step's outcome; a failed one with what to do."""
    advice = ADVICE.get(steps.all[-1].name)
    if outcome.result != FAILED or advice is None:
        return outcome
    return failed(f"{outcome.detail} {advice.format(provider)}")
