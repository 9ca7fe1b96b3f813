"""What a search is asked and what it gives, as values."""

from collections.abc import Mapping
from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from providers.endpoint import LABELS

Stage = Literal["lexical", "vector", "fused", "reranked", "final"]


class Query(msgspec.Struct, frozen=True):
    """`limit` is the gate's result: the highest label's rank that may be found.

    `vector` is the text's in the space `space`, where it has one. `boosts` is by document, from
    recalled playbooks, at most the ceiling. Documents older than `stale_days` weigh less.
    `text_rank` is the label's rank of the text itself, which no provider below it is sent.
    """

    text: str
    limit: int
    vector: list[float] | None = None
    space: int | None = None
    boosts: Mapping[UUID, float] = {}
    stale_days: int | None = None
    today: date | None = None
    text_rank: int = len(LABELS) - 1


class Candidate(msgspec.Struct, frozen=True):
    """A chunk on its way: rank (from 1) and score at each stage that it came through.

    `dropped` says at what it fell out, "" while it has not; `text` is then left empty.
    """

    document: UUID
    chunk: int
    title: str
    heading: str
    text: str
    label: str
    dated: date | None
    ranks: Mapping[Stage, int]
    scores: Mapping[Stage, float]
    dropped: str = ""


class Ranked(msgspec.Struct, frozen=True):
    """Candidates after reranking, best first, and what people should know of how."""

    candidates: tuple[Candidate, ...]
    notes: tuple[str, ...] = ()


class Passage(msgspec.Struct, frozen=True):
    """What goes into a prompt. `stale` is older than the query's `stale_days`."""

    document: UUID
    chunk: int
    title: str
    heading: str
    text: str
    label: str
    dated: date | None
    score: float
    stale: bool


class Traced(msgspec.Struct, frozen=True):
    """What became of one candidate; `dropped` is "" for a passage."""

    document: UUID
    chunk: int
    title: str
    ranks: Mapping[Stage, int]
    scores: Mapping[Stage, float]
    dropped: str


class Found(msgspec.Struct, frozen=True):
    """Passages, best first, and the trace of every candidate. Nothing above the query's limit."""

    passages: tuple[Passage, ...] = ()
    mode: Literal["lexical", "hybrid"] = "lexical"
    notes: tuple[str, ...] = ()
    trace: tuple[Traced, ...] = ()
