r"""Reading a pattern: the part of Python's regular expressions whose matches have an end.

Characters, `.`, `[…]`, `\d \w \s` and their opposites, `\b \B`, groups, `|`, `?`, `{m,n}` (also
`{m,n}?` and `{m,n}+`), looking ahead and back, and one group `(?P<secret>…)`: then only that part
counts as found.
"""

import re

from lakehouse.truth.pattern_nodes import (
    Alt,
    Edge,
    Group,
    Look,
    Node,
    One,
    Repeat,
    Seq,
    longest,
    looks,
)

SECRET = "(?P<secret>"
OPENERS = ("(?:", "(?>", SECRET, "(?<=", "(?<!", "(?=", "(?!")
MOST_REPEATS = 10_000
DEEPEST = 20
FURTHEST_BACK = 100
_COUNT = re.compile(r"\{(\d{1,6})(,(\d{0,6}))?\}|[?*+]")
_CODE = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})")
_SET = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_DOUBLED = re.compile(r"(?<!\\)(?:--|&&|\|\||~~|\[)")
_CLASSES = "dDwWsS"
_CONTROL = {"n": "\n", "t": "\t", "r": "\r"}


class BadPattern(Exception):
    """Says what is wrong and what would be right."""


def parsed(text: str) -> Node:
    """Raises BadPattern."""
    reader = _Reader(text)
    node = reader.alternatives(0)
    if reader.at < len(text):
        raise BadPattern(r'a ")" closes nothing; write \) for the character')
    return node


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._secrets = 0

    def alternatives(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise BadPattern(f"its groups are nested deeper than {DEEPEST}; flatten it")
        options = [self._sequence(depth)]
        while self.text[self.at : self.at + 1] == "|":
            self.at += 1
            options.append(self._sequence(depth))
        return options[0] if len(options) == 1 else Alt(tuple(options))

    def _sequence(self, depth: int) -> Node:
        items: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            items.append(self._repeated(self._atom(depth)))
        return Seq(tuple(items))

    def _repeated(self, item: Node) -> Node:
        count = _COUNT.match(self.text, self.at)
        if count is None:
            return item
        written = count[0]
        self.at = count.end()
        if written in ("*", "+") or (count[2] and not count[3]):
            least = {"*": "0", "+": "1"}.get(written, count[1])
            raise BadPattern(
                f'the repeat "{written}" has no end; write {{{least},100}}, or how many it may be'
            )
        if isinstance(item, Edge | Look):
            raise BadPattern(f'"{written}" repeats what takes no characters; leave it out')
        if written == "?":
            low, high = 0, 1
        else:
            low = int(count[1])
            high = int(count[3]) if count[2] else low
        if low > high:
            raise BadPattern(f'"{written}" ends below its beginning; write the smaller one first')
        if high > MOST_REPEATS:
            raise BadPattern(f'"{written}" repeats more than {MOST_REPEATS} times; write fewer')
        mode = self.text[self.at : self.at + 1]
        mode = mode if mode in ("?", "+") else ""
        self.at += len(mode)
        if _COUNT.match(self.text, self.at):
            raise BadPattern(f'"{written}" is repeated itself; put it in a group (?:…) first')
        return Repeat(item, low, high, mode)

    def _atom(self, depth: int) -> Node:
        first = self.text[self.at]
        if first == "(":
            return self._group(depth)
        if first == "[":
            return self._set()
        if first == "\\":
            return self._escaped()
        if first in "^$":
            raise BadPattern(
                f'"{first}" does not stand for a place here, since answers come in pieces; '
                rf"write \b, or \{first} for the character"
            )
        if first in "*+?" or _COUNT.match(self.text, self.at):
            raise BadPattern(f'"{first}" repeats nothing; write \\{first} for the character')
        self.at += 1
        return One(".") if first == "." else One(re.escape(first), first)

    def _group(self, depth: int) -> Node:
        opener = next((o for o in OPENERS if self.text.startswith(o, self.at)), "")
        if not opener and self.text.startswith("(?", self.at):
            begun = self.text[self.at : self.at + 4]
            raise BadPattern(f'"{begun}" is not taken; groups are {", ".join(OPENERS)} and (')
        if opener == SECRET:
            self._secrets += 1
            if self._secrets > 1:
                raise BadPattern("it has two groups called secret; keep one")
        self.at += len(opener) or 1
        item = self.alternatives(depth + 1)
        if self.text[self.at : self.at + 1] != ")":
            raise BadPattern(r'a "(" is not closed; write \( for the character')
        self.at += 1
        if opener in ("(?=", "(?!", "(?<=", "(?<!"):
            return self._look(Look(opener, item))
        return Group(opener or "(?:", item)

    def _look(self, look: Look) -> Look:
        if looks(look.item):
            raise BadPattern(rf'"{look.opener}" holds another one or a \b; take that out of it')
        if look.back and longest(look.item) > FURTHEST_BACK:
            raise BadPattern(f"it looks back more than {FURTHEST_BACK} characters; look less far")
        return look

    def _set(self) -> Node:
        found = _SET.match(self.text, self.at)
        if found is None:
            raise BadPattern(r'a "[" is not closed; write \[ for the character')
        if doubled := _DOUBLED.search(found[0], 1):
            said = f'"{doubled[0]}" in a set has no meaning yet'
            raise BadPattern(rf"{said}; write \ before its characters")
        self.at = found.end()
        return One(found[0])

    def _escaped(self) -> Node:
        if code := _CODE.match(self.text, self.at):
            self.at = code.end()
            return One(code[0], chr(int(code[0][2:], 16)))
        letter = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        written = f"\\{letter}"
        if letter and letter in "bB":
            return Edge(written)
        if letter and letter in _CLASSES:
            return One(written)
        if letter in _CONTROL:
            return One(written, _CONTROL[letter])
        if not letter or letter.isalnum():
            raise BadPattern(rf'"{written}" is not taken; write \\ for the character \ itself')
        return One(re.escape(letter), letter)
