"""Where in a TOML text each table and key stands; the TOML readers do not say.

A table of an array has its number, from "0", as the last step of its place.
"""

import re

Place = tuple[str, ...]

_BARE = r"""(?:"[^"\n]*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_BARE}(?:[ \t]*\.[ \t]*{_BARE})*"
_TABLE = re.compile(rf"[ \t]*\[[ \t]*({_DOTTED})[ \t]*\]")
_MEMBER = re.compile(rf"[ \t]*\[\[[ \t]*({_DOTTED})[ \t]*\]\]")
_KEY = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=")
_STEP = re.compile(_BARE)
_TEXT = re.compile(
    r'"""(?:\\.|[^\\])*?"""|' r"'''.*?'''|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'|#[^\n]*", re.DOTALL
)


def lines(text: str) -> dict[Place, list[int]]:
    """The lines, counted from 1, on which each place is written, the first one first."""
    found: dict[Place, list[int]] = {}
    table: Place = ()
    members: dict[Place, int] = {}
    for number, line in enumerate(_TEXT.sub(_emptied, text).split("\n"), start=1):
        if header := _MEMBER.match(line):
            array = _place(header[1])
            members[array] = members.get(array, -1) + 1
            table = (*array, str(members[array]))
            found.setdefault(table, []).append(number)
        elif header := _TABLE.match(line):
            table = _place(header[1])
            found.setdefault(table, []).append(number)
        elif key := _KEY.match(line):
            place = table + _place(key[1])
            for length in range(len(table) + 1, len(place) + 1):
                found.setdefault(place[:length], []).append(number)
    return found


def _emptied(token: re.Match[str]) -> str:
    """A text of several lines without what could be taken for a key; anything else as it is."""
    if token[0].startswith(('"""', "'''")):
        return '""' + "\n" * token[0].count("\n")
    return token[0]


def _place(dotted: str) -> Place:
    return tuple(step.strip("\"'") for step in _STEP.findall(dotted))
