"""A TOML text with places: what is wrong with it, and on which line each key stands."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from providers import toml_lines
from providers.toml_lines import Place

# Python reads and writes whole numbers of up to 4300 digits.
_SHORTEN = "A number has more than 4300 digits. Shorten it."
_LONGEST_BITS = 14_000
_ENDLESS = re.compile(r"[0-9](?:_?[0-9]){4300}")


class Problem(msgspec.Struct, frozen=True):
    """One fault. `line` counts from 1; None where the file as a whole is meant."""

    path: str
    line: int | None
    message: str

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"


class Unreadable(Exception):
    """The file is not there, cannot be read or is not TOML."""

    def __init__(self, path: str, line: int | None, message: str) -> None:
        self.problem = Problem(path, line, message)
        super().__init__(str(self.problem))


def read(path: Path, missing: str) -> str:
    """The file's text. Raises Unreadable; `missing` says what to do when there is none."""
    try:
        return path.read_bytes().decode("utf-8-sig")  # some editors put a mark first
    except FileNotFoundError:
        raise Unreadable(str(path), None, f"There is no such file. {missing}") from None
    except (OSError, UnicodeDecodeError) as error:
        message = f"It cannot be read ({type(error).__name__})."
        raise Unreadable(str(path), None, message) from None


class TomlText:
    """`path` is only said in messages."""

    def __init__(self, text: str, path: str) -> None:
        self._text = text
        self._path = path
        self._lines = toml_lines.lines(text)

    def parsed(self) -> dict[str, Any]:
        """Raises Unreadable."""
        try:
            document = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            raise self._not_toml(str(error)) from None
        except RecursionError:
            raise Unreadable(self._path, None, "It is nested too deeply.") from None
        except ValueError:
            found = _ENDLESS.search(self._text)
            line = self._text.count("\n", 0, found.start()) + 1 if found else None
            raise Unreadable(self._path, line, _SHORTEN) from None
        for place in _endless(document, ()):
            raise Unreadable(self._path, self.line(place), _SHORTEN)
        return document

    def problem(self, place: Place, message: str) -> Problem:
        """The message with the line of the place, or of the nearest table around it."""
        return Problem(self._path, self.line(place), message)

    def line(self, place: Place) -> int | None:
        while place:
            within = (n[0] for path, n in self._lines.items() if path[: len(place)] == place)
            if (line := next(within, None)) is not None:
                return line
            place = place[:-1]
        return None

    def _not_toml(self, said: str) -> Unreadable:
        found = re.search(r"\(at line (\d+), column \d+\)", said)
        line = int(found[1]) if found else self._text.rstrip("\n").count("\n") + 1
        for path, numbers in self._lines.items():
            if len(numbers) > 1 and line in numbers[1:]:
                name = ".".join(path)
                text = f"{name} is here twice, first on line {numbers[0]}. Keep one."
                return Unreadable(self._path, line, text)
        reason = said.partition(" (at ")[0]
        return Unreadable(self._path, line, f"This is not TOML: {reason}.")


def _endless(value: Any, place: Place) -> Iterator[Place]:
    """Where hexadecimal numbers stand that are as long: they are read, but cannot be shown."""
    match value:
        case dict():
            for key, inner in value.items():
                yield from _endless(inner, (*place, key))
        case list():
            for at, inner in enumerate(value):
                yield from _endless(inner, (*place, str(at)))
        case int() if value.bit_length() > _LONGEST_BITS:
            yield place
