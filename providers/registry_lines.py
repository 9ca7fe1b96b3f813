"""Where in a TOML text each table and key stands; the TOML readers do not say.

Good enough for error messages: a line inside a multi-line string may be taken for a key.
"""

import re

Path = tuple[str, ...]

_BARE = r"""(?:"[^"\n]*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_BARE}(?:[ \t]*\.[ \t]*{_BARE})*"
_TABLE = re.compile(rf"[ \t]*\[[ \t]*({_DOTTED})[ \t]*\]")
_KEY = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=")
_STEP = re.compile(_BARE)


def lines(text: str) -> dict[Path, list[int]]:
    """The lines, counted from 1, on which each path is written, the first one first."""
    found: dict[Path, list[int]] = {}
    table: Path = ()
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _TABLE.match(line):
            table = _path(header[1])
            found.setdefault(table, []).append(number)
        elif key := _KEY.match(line):
            path = table + _path(key[1])
            for length in range(len(table) + 1, len(path) + 1):
                found.setdefault(path[:length], []).append(number)
    return found


def _path(dotted: str) -> Path:
    return tuple(step.strip("\"'") for step in _STEP.findall(dotted))
