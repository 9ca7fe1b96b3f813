"""From bytes to a typed body, or to a 400 that names the place."""

import difflib
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from lakehouse.errors import ApiError
from lakehouse.gateway.dialect import body as shapes
from lakehouse.gateway.dialect.allowed import words_at
from providers.suggest import shown, suggestion

T = TypeVar("T", bound=msgspec.Struct)
MAX_DEPTH = 64
LONGEST_PLACE = 200
LONGEST_MESSAGE = 600
_PLACE = re.compile(r" - at `\$\.?([^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_WORD = re.compile(r"Invalid (?:enum )?value '?(.*?)'?$", re.DOTALL)
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MISSING = re.compile(r"missing required field `([^`]*)`")
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
        _pairs.decode(raw.decode())
    except msgspec.ValidationError as error:
        raise _invalid(str(error), decoder.type) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if _HALF.search(raw):
            _refuse_half(raw)
        raise bad(f"The body is not valid JSON: {error}.", None) from None
    except RecursionError:
        raise bad("The body is nested too deeply. Flatten it.", None) from None
    if b"\\u0000" in raw:
        _refuse_nul(msgspec.json.decode(raw))
    return body


def refuse_deep(value: Any, place: str) -> None:
    """Raises ApiError(400) when a free-form value is nested deeper than MAX_DEPTH."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise bad(f"{place} is nested deeper than {MAX_DEPTH} levels. Flatten it.", place)
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]


def bad(message: str, param: str | None, code: str = "invalid_request") -> ApiError:
    """A 400 whose words and place are short, whatever the client wrote into them."""
    if len(message) > LONGEST_MESSAGE:
        message = message[: LONGEST_MESSAGE - 1] + "…"
    param = param if param is None else param[:LONGEST_PLACE]
    return ApiError(400, code, message, param=param, retry=False)


def _invalid(text: str, shape: type[msgspec.Struct]) -> ApiError:
    found = _PLACE.search(text)
    place = found.group(1) if found else ""
    what = text[: found.start()] if found else text
    if unknown := _UNKNOWN.search(what):
        return _unknown(unknown.group(1), place, shape)
    if missing := _MISSING.search(what):
        param = f"{place}.{missing.group(1)}" if place else missing.group(1)
        return bad(f"{param} is missing.", param)
    where = place or "the body"
    if (word := _WORD.match(what)) and (known := words_at(place, shape)):
        near = suggestion(shown(word[1]), known)
        return bad(f'{where}: there is no "{shown(word[1])}". {near}', place or None)
    return bad(f"{where}: {what[0].lower()}{what[1:]}.", place or None)


def _unknown(name: str, place: str, shape: type[msgspec.Struct]) -> ApiError:
    name = shown(name)
    param = f"{place}.{name}" if place else name
    known = _FIELDS if place else sorted(shape.__struct_fields__)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    hint = f" Did you mean {close[0]}?" if close else " Leave it out."
    return bad(f"Unknown field {param}.{hint}", param, "unknown_field")


def _each_once(pairs: list[tuple[str, Any]]) -> None:
    """Of two values for one name some readers take the first, others the last."""
    names = {name for name, _ in pairs}
    if len(names) != len(pairs):
        twice = next(name for name in names if sum(name == other for other, _ in pairs) > 1)
        param = shown(twice)
        raise bad(f"{param} is in one object twice. Send it once.", param)


# Reads only to see each object's names: numbers stay text, and no value is kept.
_pairs = json.JSONDecoder(object_pairs_hook=_each_once, parse_int=str, parse_float=str)
_lenient = json.JSONDecoder(parse_int=str, parse_float=str)


def _refuse_nul(body: Any) -> None:
    """NUL cannot be stored or sent to most upstreams; only a real one is refused."""
    for place, text in _texts(body):
        if "\0" in text:
            raise bad(f"{place[:LONGEST_PLACE]} contains a NUL (\\u0000). Remove it.", place)


def _refuse_half(raw: bytes) -> None:
    """Names the place of half a surrogate pair, which msgspec refuses without one."""
    with suppress(ValueError, RecursionError):
        for place, text in _texts(_lenient.decode(raw.decode())):
            if _SURROGATE.search(text):
                raise bad(f"{place} holds half of a surrogate pair. Send whole characters.", place)


def _texts(body: Any) -> Iterator[tuple[str, str]]:
    """Every text in a document with its place, names of fields included."""
    waiting: list[tuple[str, Any]] = [("", body)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, str):
            yield place, value
        elif isinstance(value, list):
            waiting += [(_within(place, f"[{n}]"), inner) for n, inner in enumerate(value)]
        elif isinstance(value, dict):
            for name, inner in value.items():
                here = _within(place, f".{name}" if place else name).replace("\0", "\\u0000")
                here = here.encode("utf-8", "backslashreplace").decode()
                waiting += [(here, name), (here, inner)]


def _within(place: str, step: str) -> str:
    return (place + step)[: LONGEST_PLACE + 1]
