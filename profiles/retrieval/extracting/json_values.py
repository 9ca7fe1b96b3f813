"""JSON: its values as text, one a line with the keys that lead to it."""

from collections.abc import Iterator
from typing import Any

import msgspec

from profiles.retrieval.extracting.block import Block
from profiles.retrieval.media import Media, Unreadable, characters

DEEPEST = 64


def parsed(raw: bytes) -> Any:
    """Raises Unreadable."""
    text = characters(raw, Media.JSON)
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise Unreadable(f"It is not valid JSON: {error}. Mend it, or give it as text.") from None
    except RecursionError:
        raise _too_deep() from None
    if _depth(value) > DEEPEST:
        raise _too_deep()
    return value


def blocks(raw: bytes) -> Iterator[Block]:
    """One a value of the outermost list or object. Raises Unreadable."""
    value = parsed(raw)
    if not isinstance(value, dict | list):
        yield Block(_plain(value))
        return
    for key, inner in _items(value):
        lines = "\n".join(_lines(inner, key))
        if lines:
            yield Block(lines)


def _lines(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict | list):
        for key, inner in _items(value):
            yield from _lines(inner, ".".join(filter(None, (path, key))))
    elif (text := _plain(value)).strip():
        yield f"{path}: {text}" if path else text


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    """The keys of a list's items are none: a number would only be one more word to find."""
    if isinstance(value, dict):
        yield from value.items()
    else:
        for inner in value:
            yield "", inner


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level := [
        inner
        for each in level
        if isinstance(each, dict | list)
        for inner in (each.values() if isinstance(each, dict) else each)
    ]:
        depth += 1
        if depth > DEEPEST:
            break
    return depth


def _too_deep() -> Unreadable:
    return Unreadable(
        f"It is JSON nested more than {DEEPEST} levels deep. Make it flatter, or give it as text."
    )
