"""Findings that say the same of the same place become one. Pure."""

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar

from lakehouse.audit.claims import SEVERITIES

ALIKE = 0.5  # of the words of both claims, the share that both have
_WORD = re.compile(r"\w{4,}")


class Finding(Protocol):
    """What is compared of one, stored or not."""

    @property
    def path(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def severity(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def marked(self) -> bool: ...


F = TypeVar("F", bound=Finding)


def merged(findings: Sequence[F]) -> list[list[F]]:
    """Groups of those that are one, the one to keep first: what people marked, then the gravest."""
    groups: list[list[F]] = []
    words: dict[int, frozenset[str]] = {}
    by_path: dict[tuple[str, str], list[list[F]]] = {}
    for finding in sorted(findings, key=_rank):
        words[id(finding)] = frozenset(_WORD.findall(finding.text.lower()))
        near = by_path.setdefault((finding.path, finding.verdict), [])
        for group in near:
            first = group[0]
            if _overlap(first, finding) and _alike(words[id(first)], words[id(finding)]):
                group.append(finding)
                break
        else:
            near.append([finding])
            groups.append(near[-1])
    return groups


def _rank(finding: Finding) -> tuple[bool, int, int]:
    return not finding.marked, SEVERITIES.index(finding.severity), -len(finding.text)


def _overlap(one: Finding, other: Finding) -> bool:
    return one.start <= max(other.start, other.end) and other.start <= max(one.start, one.end)


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return one == other or len(one & other) >= ALIKE * len(one | other)
