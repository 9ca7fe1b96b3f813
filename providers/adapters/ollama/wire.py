"""What a chat answer looks like: one line of a stream, or a whole document; they are the same."""

from typing import Any

import msgspec

from providers import wording
from providers.messages import Usage

_MEASURES = ("_count", "_duration")


class Function(msgspec.Struct):
    name: str
    arguments: msgspec.Raw = msgspec.Raw(b"")

    def arguments_text(self) -> str:
        """The object as JSON text, spelled as it came. Raises ValueError when it is no JSON.

        Some servers that copy this API send the text itself, as OpenAI's does.
        """
        value = msgspec.json.decode(self.arguments or b"{}")
        if isinstance(value, str):
            return value.strip() or "{}"
        return "{}" if value is None else bytes(self.arguments or b"{}").decode()


class Call(msgspec.Struct):
    function: Function
    id: Any = None


class Message(msgspec.Struct):
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[Call] | None = None


class Line(msgspec.Struct):
    """Typed only where the answer itself is: an oddity elsewhere must not lose it."""

    message: Message | None = None
    done: bool = False
    error: Any = None
    logprobs: Any = None
    model: Any = None
    done_reason: Any = None


read = msgspec.json.Decoder(Line).decode


def usage(data: bytes) -> Usage:
    """Of the last line. Zero counts are left out there, as when the whole prompt was cached."""
    document = wording.decode(data)
    native = {
        name: value
        for name, value in (document if isinstance(document, dict) else {}).items()
        if name.endswith(_MEASURES) and isinstance(value, int)
    }
    return Usage(
        input=native.get("prompt_eval_count", 0), output=native.get("eval_count", 0), native=native
    )


def logprobs(entries: Any) -> list[Any] | None:
    """OpenAI's entries, with the two members that are left out here when empty."""
    if not isinstance(entries, list):
        return None
    whole = [
        {
            "bytes": None,
            **entry,
            "top_logprobs": [_token(t) for t in entry.get("top_logprobs") or ()],
        }
        for entry in entries
        if isinstance(entry, dict)
    ]
    return whole or None


def _token(entry: Any) -> Any:
    return {"bytes": None, **entry} if isinstance(entry, dict) else entry
