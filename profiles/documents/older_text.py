"""A file of the older system: JSON or TOML, told by its name, else by what it looks like."""

import re
from pathlib import Path
from typing import Any

import msgspec

from profiles.documents.entry import Text
from providers.toml_lines import Place
from providers.toml_text import Problem, TomlText, Unreadable


class JsonText:
    """Places in it have no line."""

    def __init__(self, path: str) -> None:
        self._path = path

    def problem(self, place: Place, message: str) -> Problem:
        return Problem(self._path, None, message)


def parsed(text: str, path: Path) -> tuple[Text, Any]:
    """The text with its places, and its content. Raises Unreadable."""
    if path.suffix == ".json" or (path.suffix != ".toml" and _looks_like_json(text)):
        return JsonText(str(path)), _json(text, str(path))
    source = TomlText(text, str(path))
    return source, source.parsed()


def _looks_like_json(text: str) -> bool:
    return re.match(r"\s*(\{|\[\s*(\{|\]))", text) is not None


def _json(text: str, path: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise Unreadable(path, None, "It is nested too deeply.") from None
    except msgspec.DecodeError as error:
        found = re.search(r"\(byte (\d+)\)", str(error))
        before = text.encode()[: int(found[1]) if found else None]
        reason = str(error).removeprefix("JSON is malformed: ").partition(" (byte")[0]
        line = before.count(b"\n") + 1
        raise Unreadable(path, line, f"This is not JSON: {reason}.") from None
