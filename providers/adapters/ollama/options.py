"""The provider's own settings: what each is called, its type, and where the body has it."""

import re
from typing import Any

from providers.endpoint import Endpoint

# Go into the body's `options`, where the client's own sampling fields win over them.
SAMPLING: dict[str, type] = {
    "min_p": float,
    "typical_p": float,
    "repeat_penalty": float,
    "repeat_last_n": int,
}
# The same, but how a model is loaded: a value other than the loaded one's loads it anew,
# which is why these belong to a provider and not to a call.
LOADING: dict[str, type] = {
    "num_ctx": int,
    "num_keep": int,
    "num_batch": int,
    "num_gpu": int,
}
# Go beside `options`. `truncate`: cut the oldest messages of a chat that does not fit.
CUTTING: dict[str, type] = {"truncate": bool, "shift": bool}
# "5m", or seconds: "0" unloads at once, "-1" never does.
KEEPING: dict[str, type] = {"keep_alive": str}

_SECONDS = re.compile(r"[+-]?\d+")


def inside(endpoint: Endpoint) -> dict[str, Any]:
    """What goes into the body's `options`."""
    names = (*SAMPLING, *LOADING)
    return {name: endpoint.options[name] for name in names if name in endpoint.options}


def beside(endpoint: Endpoint, *names: str) -> dict[str, Any]:
    """What goes beside it, of these names.

    `truncate` is off unless asked for: the server's default cuts its input without a word.
    """
    found: dict[str, Any] = {"truncate": False}
    found |= {name: endpoint.options[name] for name in names if name in endpoint.options}
    alive = found.get("keep_alive")
    if isinstance(alive, str) and _SECONDS.fullmatch(alive.strip()):
        found["keep_alive"] = int(alive)  # as text the server would miss the unit
    return found
