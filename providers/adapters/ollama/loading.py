"""Bringing a model into the server's memory and out of it: a chat without messages does it."""

import re
from typing import Any

import msgspec

from providers.adapters.base import Outgoing
from providers.adapters.ollama import options
from providers.endpoint import Endpoint

_NONE = re.compile(r"[+-]?0+(\.0*)?[a-zµ]*")


def load(endpoint: Endpoint, model: str) -> Outgoing | None:
    """As calls will want it loaded, for as long as the provider's `keep_alive` says.

    None where that is no time at all: the same request would then unload it.
    """
    fields: dict[str, Any] = {"model": model, "messages": [], "stream": False}
    kept = options.beside(endpoint, "keep_alive").get("keep_alive")
    if kept is not None:
        if _NONE.fullmatch(str(kept).strip()):
            return None
        fields["keep_alive"] = kept
    if inside := options.inside(endpoint):
        fields["options"] = inside
    return Outgoing("POST", "/api/chat", msgspec.json.encode(fields))


def unload(model: str) -> Outgoing:
    fields = {"model": model, "messages": [], "stream": False, "keep_alive": 0}
    return Outgoing("POST", "/api/chat", msgspec.json.encode(fields))
