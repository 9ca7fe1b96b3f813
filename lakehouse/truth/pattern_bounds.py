"""What a pattern may cost, how far it sees, and what every match of it begins with."""

import re
from itertools import combinations, product
from math import prod
from typing import assert_never

from lakehouse.truth.pattern_nodes import Alt, Edge, Group, Look, Node, One, Repeat, Seq, longest

MOST_BEGINNINGS = 64
_LISTED = re.compile(r"\[([A-Za-z0-9]+)\]")
_UNKNOWN: tuple[str, ...] = ("",)


def sees(node: Node) -> int:
    """Characters from a match's beginning on that may decide about it, at most."""
    match node:
        case One() | Edge():
            return 1
        case Seq():
            return sum(map(sees, node.items))
        case Alt():
            return max(map(sees, node.options))
        case Group():
            return sees(node.item)
        case Look():
            return 0 if node.back else longest(node.item)
        case Repeat():
            return node.high * sees(node.item)
        case _:
            assert_never(node)


def ways(node: Node) -> int:
    """In how many ways it may match at one place: how often what follows may be tried."""
    match node:
        case One() | Edge() | Look():
            return 1
        case Seq():
            return prod(map(ways, node.items))
        case Alt():
            each = list(map(ways, node.options))
            return max(each) if _apart(node.options) else sum(each)
        case Group():
            return ways(node.item)
        case Repeat():
            one = ways(node.item)
            if one == 1:
                return 1 if node.mode == "+" else node.high - node.low + 1
            return sum(int(one**n) for n in range(node.low, min(node.high, 64) + 1))
        case _:
            assert_never(node)


def steps(node: Node) -> int:
    """The most that deciding at one place may take, were nothing to match at the end."""
    match node:
        case One() | Edge():
            return 1
        case Seq():
            total, tries = 0, 1
            for item in node.items:
                total += tries * steps(item)
                tries *= ways(item)
            return total
        case Alt():
            return sum(map(steps, node.options))
        case Group() | Look():
            return steps(node.item)
        case Repeat():
            one = ways(node.item)
            return sum(int(one**n) for n in range(min(node.high, 64))) * steps(node.item) + (
                max(node.high - 64, 0) * steps(node.item)
            )
        case _:
            assert_never(node)


def beginnings(node: Node) -> tuple[str, ...]:
    """Texts with one of which each match begins; () where they are too many to know."""
    texts, _ = _beginnings(node)
    return texts if all(texts) else ()


def _beginnings(node: Node) -> tuple[tuple[str, ...], bool]:
    """And whether there is nothing else in it, so that what follows goes on with them."""
    match node:
        case One():
            if node.literal:
                return (node.literal,), True
            listed = _LISTED.fullmatch(node.source)
            return (tuple(listed[1]), True) if listed else (_UNKNOWN, False)
        case Edge() | Look():
            return _UNKNOWN, True
        case Seq():
            return _one_after_another(node.items)
        case Alt():
            each = [_beginnings(option) for option in node.options]
            texts = tuple(dict.fromkeys(text for some, _ in each for text in some))
            whole = all(whole for _, whole in each)
            return (texts, whole) if len(texts) <= MOST_BEGINNINGS else (_UNKNOWN, False)
        case Group():
            return _beginnings(node.item)
        case Repeat():
            texts, whole = _one_after_another((node.item,) * min(node.low, 8))
            return texts, whole and node.low == node.high <= 8
        case _:
            assert_never(node)


def _one_after_another(items: tuple[Node, ...]) -> tuple[tuple[str, ...], bool]:
    texts: tuple[str, ...] = _UNKNOWN
    for item in items:
        more, whole = _beginnings(item)
        longer = tuple("".join(pair) for pair in product(texts, more))
        if len(longer) > MOST_BEGINNINGS:
            return texts, False
        texts = longer
        if not whole:
            return texts, False
    return texts, True


def _apart(options: "tuple[Node, ...]") -> bool:
    """Whether their first characters tell them apart: then one of them at most goes on."""
    firsts = list(map(_first, options))
    return all(
        a is not None and b is not None and _differ(a, b) for a, b in combinations(firsts, 2)
    )


def _first(node: Node) -> One | None:
    match node:
        case One():
            return node
        case Seq() if node.items:
            return _first(node.items[0])
        case Group():
            return _first(node.item)
        case Repeat() if node.low > 0:
            return _first(node.item)
        case _:
            return None


def _differ(a: One, b: One) -> bool:
    if not a.literal:
        a, b = b, a
    return bool(a.literal) and re.fullmatch(b.source, a.literal, re.IGNORECASE) is None
