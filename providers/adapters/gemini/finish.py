"""How candidates end: `finishReason` to a finish, or to a failure."""

from providers import wording
from providers.errors import ErrorKind, Failure, failure
from providers.events import Finish, FinishReason

_FILTERED = frozenset(
    {
        "SAFETY",
        "RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "LANGUAGE",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
        "MODEL_ARMOR",
        "ESCALATION",
    }
)
_FAILED = frozenset(
    {
        "MALFORMED_FUNCTION_CALL",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
        "MALFORMED_RESPONSE",
        "MISSING_THOUGHT_SIGNATURE",
    }
)
_UNFINISHED = "FINISH_REASON_UNSPECIFIED"


def ended(reason: str | None) -> bool:
    """True when a candidate's `finishReason` says that it is complete."""
    return bool(reason) and reason != _UNFINISHED


def failed(reason: str, message: str | None) -> Failure | None:
    """The failure of a candidate that could not be generated; asking again may well help."""
    if reason not in _FAILED:
        return None
    said = f": {wording.shown(message)}" if message else ""
    return failure(
        ErrorKind.PROTOCOL,
        f"Gemini could not complete its answer ({reason}{said}). "
        "Ask again, or make the tools' schemas simpler.",
        code=reason,
        retryable=True,
    )


def finish(native: str, choice: int, called: bool) -> Finish:
    """Unknown reasons become `stop`, or `tool_calls` when a tool was called."""
    reason: FinishReason
    if native in _FILTERED:
        reason = "content_filter"
    elif native == "MAX_TOKENS":
        reason = "length"
    else:
        reason = "tool_calls" if called else "stop"
    return Finish(reason, native, choice)


def blocked(native: str, choice: int) -> Finish:
    """For a prompt, or the rest of an answer, that Gemini would not process."""
    return Finish("content_filter", native, choice)
