"""The background job of one activation: put into the queue within the caller's transaction."""

from collections.abc import Iterable

from profiles import queueing
from profiles.activation.model import Activation

TASK = "profiles.activation.run"


def put(activation: Activation) -> bool:
    """Puts its job into the queue; False where one waits there already."""
    return queueing.put(TASK, _name(activation), {"activation": str(activation.pk)})


def without(activations: Iterable[Activation]) -> list[Activation]:
    """Those of them that no job waits for."""
    asked = {_name(activation): activation for activation in activations}
    found = queueing.waiting(asked.keys())
    return [activation for name, activation in asked.items() if name not in found]


def _name(activation: Activation) -> str:
    return f"activation {activation.pk}"
