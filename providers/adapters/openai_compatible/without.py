"""The one thing a refused request can do without, unseen by its client: old reasoning."""

import msgspec

from providers.errors import ErrorKind, Failure
from providers.messages import Reasoning, Request


def without_reasoning(request: Request, failure: Failure) -> Request | None:
    """The request with no reasoning sent back, when that is what the upstream objects to.

    Everything else that an upstream may refuse was asked for by the client and is not ours
    to leave out. None when the failure is about something else or no reasoning was sent.
    """
    if failure.kind not in (ErrorKind.BAD_REQUEST, ErrorKind.UNSUPPORTED):
        return None
    about = f"{failure.param or ''} {failure.message}".lower()
    if "reasoning" not in about or "reasoning_effort" in about:
        return None
    turns = tuple(
        msgspec.structs.replace(turn, parts=kept)
        if len(kept := tuple(p for p in turn.parts if not isinstance(p, Reasoning)))
        < len(turn.parts)
        else turn
        for turn in request.turns
    )
    return msgspec.structs.replace(request, turns=turns) if turns != request.turns else None
