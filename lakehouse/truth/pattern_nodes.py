"""The parts of a pattern: how each is written for `re`, and how far it reaches.

Every pattern has two forms. `source` finds whole matches. `cut` finds what could still become
one: it matches at a place when the text from there to its end is the beginning of a match.
"""

from typing import assert_never

import msgspec

END = r"\Z"
_ANY = r"[\s\S]"


class One(msgspec.Struct, frozen=True):
    """One character; `literal` where it can be only one."""

    source: str
    literal: str = ""


class Edge(msgspec.Struct, frozen=True):
    r"""`\b` or `\B`."""

    source: str


class Seq(msgspec.Struct, frozen=True):
    items: "tuple[Node, ...]"


class Alt(msgspec.Struct, frozen=True):
    options: "tuple[Node, ...]"


class Group(msgspec.Struct, frozen=True):
    """`opener` is `(?:`, `(?>` or `(?P<secret>`."""

    opener: str
    item: "Node"


class Look(msgspec.Struct, frozen=True):
    """`opener` is `(?=`, `(?!`, `(?<=` or `(?<!`."""

    opener: str
    item: "Node"

    @property
    def back(self) -> bool:
        return "<" in self.opener


class Repeat(msgspec.Struct, frozen=True):
    """`mode` is "", "?" or "+", as after a repeat in a pattern."""

    item: "Node"
    low: int
    high: int
    mode: str = ""


Node = One | Edge | Seq | Alt | Group | Look | Repeat


def source(node: Node) -> str:
    match node:
        case One() | Edge():
            return node.source
        case Seq():
            return "".join(map(source, node.items))
        case Alt():
            return "|".join(map(source, node.options))
        case Group() | Look():
            return f"{node.opener}{source(node.item)})"
        case Repeat():
            return f"{_grouped(node.item)}{{{node.low},{node.high}}}{node.mode}"
        case _:
            assert_never(node)


def cut(node: Node) -> str:
    """The node whole, or as much of it as there is before the text's end."""
    match node:
        case One() | Edge():
            return f"(?:{node.source}|{END})"
        case Seq():
            return "".join(map(cut, node.items))
        case Alt():
            return f"(?:{'|'.join(map(cut, node.options))})"
        case Group():
            return f"(?:{cut(node.item)})"
        case Look() if node.back:
            return f"(?:{source(node)}|{END})"
        case Look():
            rest = f"{_ANY}{{0,{max(longest(node.item) - 1, 0)}}}"
            return f"(?:{source(node)}|(?={rest}{END}){rest})"
        case Repeat():
            # How much it takes may be undecided at the end: then nothing is kept for good.
            mode = "" if node.mode == "+" and not isinstance(node.item, One) else node.mode
            item = _grouped(node.item)
            most = max(node.high - 1, 0)
            whole = f"{item}{{{node.low},{node.high}}}{mode}"
            return f"(?:{whole}|{item}{{0,{most}}}{mode}{cut(node.item)}{END})"
        case _:
            assert_never(node)


def longest(node: Node) -> int:
    """Characters that it takes at most."""
    match node:
        case One():
            return 1
        case Edge() | Look():
            return 0
        case Seq():
            return sum(map(longest, node.items))
        case Alt():
            return max(map(longest, node.options))
        case Group():
            return longest(node.item)
        case Repeat():
            return node.high * longest(node.item)
        case _:
            assert_never(node)


def shortest(node: Node) -> int:
    """Characters that it takes at least."""
    match node:
        case One():
            return 1
        case Edge() | Look():
            return 0
        case Seq():
            return sum(map(shortest, node.items))
        case Alt():
            return min(map(shortest, node.options))
        case Group():
            return shortest(node.item)
        case Repeat():
            return node.low * shortest(node.item)
        case _:
            assert_never(node)


def looks(node: Node) -> bool:
    """Whether it depends on characters that it does not take."""
    match node:
        case Look() | Edge():
            return True
        case One():
            return False
        case Seq():
            return any(map(looks, node.items))
        case Alt():
            return any(map(looks, node.options))
        case Group() | Repeat():
            return looks(node.item)
        case _:
            assert_never(node)


def _grouped(node: Node) -> str:
    return node.source if isinstance(node, One) else f"(?:{source(node)})"
