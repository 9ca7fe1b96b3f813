"""From bytes to a typed body, or to a 400 that names the place."""

import difflib
import re
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from lakehouse.errors import ApiError
from lakehouse.gateway.dialect import body as shapes

T = TypeVar("T", bound=msgspec.Struct)
MAX_DEPTH = 64
_PLACE = re.compile(r" - at `\$\.?([^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_FIELDS = sorted(
    {
        field
        for shape in vars(shapes).values()
        if isinstance(shape, type) and issubclass(shape, msgspec.Struct)
        for field in shape.__struct_fields__
    }
)


def decode(raw: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """The typed body. Raises ApiError(400) with `param` naming the place at fault."""
    try:
        body = decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise _invalid(str(error), decoder.type) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _bad(f"The body is not valid JSON: {error}.", None) from None
    except RecursionError:
        raise _too_deep("the body") from None
    if b"\\u0000" in raw:
        _refuse_nul(raw)
    return body


def refuse_deep(value: Any, place: str) -> None:
    """Raises ApiError(400) when a free-form value is nested deeper than MAX_DEPTH."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise _too_deep(place)
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]


def bad(message: str, param: str | None, code: str = "invalid_request") -> ApiError:
    return _bad(message, param, code)


def _bad(message: str, param: str | None, code: str = "invalid_request") -> ApiError:
    return ApiError(400, code, message, param=param, retry=False)


def _too_deep(place: str) -> ApiError:
    return _bad(f"{place} is nested deeper than {MAX_DEPTH} levels. Flatten it.", None)


def _invalid(text: str, shape: type[msgspec.Struct]) -> ApiError:
    found = _PLACE.search(text)
    place = found.group(1) if found else ""
    what = text[: found.start()] if found else text
    unknown = _UNKNOWN.search(what)
    if unknown is None:
        where = place or "the body"
        return _bad(f"{where}: {what[0].lower()}{what[1:]}.", place or None)
    name = unknown.group(1)
    param = f"{place}.{name}" if place else name
    known = _FIELDS if place else sorted(shape.__struct_fields__)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    hint = f" Did you mean {close[0]}?" if close else " Leave it out."
    return _bad(f"Unknown field {param}.{hint}", param, "unknown_field")


def _refuse_nul(raw: bytes) -> None:
    """NUL cannot be stored or sent to most upstreams; only a real one is refused."""
    for place, text in _strings(msgspec.json.decode(raw), ""):
        if "\0" in text:
            raise _bad(f"{place} contains a NUL character (\\u0000). Remove it.", place)


def _strings(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            here = f"{place}.{name}" if place else name
            yield here.replace("\0", "\\u0000"), name
            yield from _strings(inner, here)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _strings(inner, f"{place}[{number}]")
