"""Everything before the flip: it changes nothing that is live, and may take its time."""

from profiles.activation import invariants, provider_steps
from profiles.activation.network import Network
from profiles.activation.steps import Steps
from profiles.activation.target import Target
from profiles.kinds import Kind

INVARIANTS = "invariants"


def prepare(target: Target, steps: Steps, network: Network, *, warm: bool = True) -> None:
    """Takes the steps of the target's kind. Raises StepFailed at the first that fails, and Lost."""
    if target.kind is Kind.EXECUTION:
        provider_steps.take(target, steps, network, warm=warm)
    steps.take(INVARIANTS, lambda: invariants.weigh(target))
