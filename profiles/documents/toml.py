"""Plain values as TOML, always in the same bytes, texts of several lines as they look."""

import json
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
# What TOML does not take as it is, tab and line end apart; CR would be read as a line end.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# What would end a text of several lines.
_QUOTES = re.compile(r'"""|"\Z')


def value(given: Any) -> str:
    """Of a bool, number, text, or a list or mapping of them. Raises TypeError for others."""
    match given:
        case bool():
            return "true" if given else "false"
        case float() if given.is_integer():
            return str(int(given))
        case int() | float():
            return repr(given)
        case str():
            return _lines(given) if "\n" in given else _line(given)
        case list() | tuple():
            return f"[{', '.join(map(_within, given))}]"
        case Mapping():
            pairs = (f"{key(k)} = {_within(v)}" for k, v in given.items())
            return f"{{{', '.join(pairs)}}}"
    raise TypeError(f"TOML has no {type(given).__name__}")


def key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _line(name)


def _within(given: Any) -> str:
    """A value in a list or inline table, which stays on one line.

    What holds a null, which TOML has not, is a text of JSON: a list that takes objects reads it.
    """
    if isinstance(given, Mapping) and _has_null(given):
        return _line(json.dumps(given, ensure_ascii=False))
    return _line(given) if isinstance(given, str) else value(given)


def _has_null(given: Any) -> bool:
    if isinstance(given, Mapping):
        return any(map(_has_null, given.values()))
    return any(map(_has_null, given)) if isinstance(given, list | tuple) else given is None


def _line(text: str) -> str:
    escaped = _escaped(text).replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _lines(text: str) -> str:
    escaped = _QUOTES.sub(lambda found: found[0][:-1] + '\\"', _escaped(text))
    return f'"""\n{escaped}"""'


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\")
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
