"""What an OpenAI-shaped answer looks like, typed only where every server agrees.

Whatever servers fill in differently (`content` as text or as parts, `arguments` as text or
object, `finish_reason` as a word, "" or null) stays untyped, so that no oddity loses an answer.
"""

import json
from typing import Any

import msgspec


class Delta(msgspec.Struct):
    """A piece of a message, or a whole one."""

    content: Any = None
    reasoning_content: Any = None
    reasoning: Any = None
    reasoning_details: Any = None
    refusal: Any = None
    tool_calls: Any = None
    function_call: Any = None


class Choice(msgspec.Struct):
    index: Any = 0
    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: Any = None
    native_finish_reason: Any = None
    logprobs: Any = None
    usage: Any = None
    error: Any = None


class Chunk(msgspec.Struct):
    """One event of a stream, or a whole answer: they differ in `delta` and `message` only."""

    id: Any = None
    model: Any = None
    choices: list[Choice] | None = None
    usage: Any = None
    error: Any = None


_chunk = msgspec.json.Decoder(Chunk)


def read(data: bytes) -> Chunk | None:
    """The chunk in these bytes, or None when they hold no JSON object of that shape."""
    try:
        return _chunk.decode(data)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _read_leniently(data)


def _read_leniently(data: bytes) -> Chunk | None:
    """The same for what strict JSON refuses and servers send: NaN among the logprobs, half an
    emoji as a lone surrogate, a byte that is not UTF-8. Their place is taken by null or U+FFFD.
    """
    try:
        loose = json.loads(data.decode("utf-8", "replace"), parse_constant=lambda _: None)
        text = json.dumps(loose, ensure_ascii=False)
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return _chunk.decode(whole)
    except (ValueError, RecursionError):
        return None
