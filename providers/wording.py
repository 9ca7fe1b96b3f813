"""Reading what an upstream says in words, where no code tells (`wire/README.md`)."""

import re
from typing import Any

import msgspec

_CONTEXT = re.compile(
    r"context[ _]length|context window.{0,80}exceed|exceed.{0,80}context window"
    r"|maximum context|available context size"
    r"|too many tokens|prompt is too long|input token count.{0,80}exceeds"
    r"|exceeded model token limit|token length too long|input length exceeds",
    re.IGNORECASE | re.DOTALL,
)
SHOWN = 500


def is_context_length(text: str) -> bool:
    """True when an error text says that the prompt does not fit the model's window."""
    return bool(_CONTEXT.search(text))


def decode(body: bytes) -> Any:
    """The JSON in a body, or None when it is not JSON."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def error_object(document: Any) -> dict[str, Any] | None:
    """The error in a JSON document wherever servers put it, as {"message": …, …}; None if none.

    `error` as text or object, alone, in the first element of an array or inside
    `choices[0]` (`wire/README.md` rule 7). An empty one is none.
    """
    if isinstance(document, list):
        document = document[0] if document else None
    if not isinstance(document, dict):
        return None
    found = document.get("error")
    if not found and isinstance(document.get("choices"), list) and document["choices"]:
        first = document["choices"][0]
        found = first.get("error") if isinstance(first, dict) else None
    if isinstance(found, str) and found:
        return {"message": found}
    if isinstance(found, dict) and found:
        return found
    return None


def bare_message(document: Any) -> str | None:
    """The text of a non-2xx body that has no `error`: FastAPI's `detail`, or `message`."""
    if not isinstance(document, dict):
        return None
    for name in ("detail", "message"):
        value = document.get(name)
        if isinstance(value, str) and value:
            return value
        if value:
            return msgspec.json.encode(value).decode()
    return None


def shown(text: str) -> str:
    """An upstream's text, short enough and plain enough for one line of an error."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * SHOWN]).split())
    whole = len(plain) <= SHOWN and len(text) <= 4 * SHOWN
    return plain if whole else plain[: SHOWN - 1] + "…"
