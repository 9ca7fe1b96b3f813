"""What the readers of one answer have to know of the call that they answer."""

from collections.abc import Callable
from typing import Any

import msgspec

from providers.errors import Failure
from providers.messages import State


class Reading(msgspec.Struct, frozen=True):
    """`name` is the provider's; `origin` marks the states that are this upstream's own.

    `named` turns an error found inside a good answer into a Failure. `only_first_call`
    leaves out every tool call but the first, where the client wants no parallel calls and
    the upstream knows no such field. `function_names` gives back the client's names of
    functions that had to be renamed.
    """

    name: str
    origin: str
    named: Callable[[dict[str, Any]], Failure]
    shows_reasoning: bool = True
    only_first_call: bool = False
    function_names: dict[str, str] = {}

    def state(self, kind: str, value: Any) -> State:
        return State(self.origin, kind, value)
