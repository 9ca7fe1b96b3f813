"""Which playbooks are near what was asked: one query, the gate first."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection

from profiles.memory.playbook import RECALLED
from providers.endpoint import LABELS, rank

# As far away a playbook lifts the documents it cites, and no more: at 0.5 it is often of
# another matter, and its text in the prompt leads answers of unrelated calls astray.
BOOST_DISTANCE = 0.5
PROMPT_DISTANCE = 0.20
MOST_BOOSTING = 5
MOST_IN_PROMPT = 3
LONGEST = 20_000  # characters that are looked at, as many as a playbook's task may have

# Lexically, the distance is 1 - |asked ∩ its words| / √(|asked| |its words|), which stays above
# BOOST_DISTANCE where one side has more than four times the other's: only lengths are
# compared then. ts_delete() and length() count what both have without a row a word.
_NEAR = """
WITH asked AS MATERIALIZED (
    SELECT found.lexemes, cardinality(found.lexemes) AS many
    FROM (SELECT tsvector_to_array(to_tsvector(%(config)s::regconfig, %(text)s)) AS lexemes) found
), near AS (
    SELECT
        playbook.*,
        CASE
            WHEN playbook.space_id = %(space)s THEN playbook.embedding <=> %(vector)s::halfvec
            WHEN length(playbook.words) BETWEEN greatest(asked.many / 4, 1) AND asked.many * 4
            THEN 1 - (
                length(playbook.words) - length(ts_delete(playbook.words, asked.lexemes))
            ) / sqrt(length(playbook.words)::float8 * asked.many)
            ELSE 2
        END AS distance,
        playbook.state = 'stale' OR coalesce(
            playbook.reviewed < now() - make_interval(days => %(stale_days)s), false
        ) AS old
    FROM profiles_playbook playbook CROSS JOIN asked
    WHERE playbook.label = ANY(%(labels)s)
        AND NOT EXISTS (
            SELECT FROM profiles_playbook_documents cited
            JOIN profiles_document document ON document.id = cited.document_id
            WHERE cited.playbook_id = playbook.id AND NOT document.label = ANY(%(labels)s)
        )
        AND playbook.state = ANY(%(states)s)
)
SELECT
    near.id, near.title, near.task, near.steps, near.distance, near.old,
    greatest(profiles_label_rank(near.label), (
        SELECT max(profiles_label_rank(document.label)) FROM profiles_playbook_documents cited
        JOIN profiles_document document ON document.id = cited.document_id
        WHERE cited.playbook_id = near.id
    )),
    ARRAY(
        SELECT cited.document_id FROM profiles_playbook_documents cited
        WHERE cited.playbook_id = near.id ORDER BY cited.document_id
    )
FROM near
WHERE near.distance <= %(farthest)s
ORDER BY near.distance, near.state = 'pinned' DESC, near.old, near.title
LIMIT %(most)s
"""


class Recalled(msgspec.Struct, frozen=True):
    """`text` is what goes into a prompt when `in_prompt`; `distance` is 0 to BOOST_DISTANCE.

    `label_rank` is the highest of its own and its documents' labels. `stale`: it may be out
    of date, since what it cites changed or nobody reviewed it for long.
    """

    id: UUID
    title: str
    text: str
    distance: float
    in_prompt: bool
    documents: tuple[UUID, ...]
    label_rank: int
    stale: bool


def recall(
    text: str,
    limit: int,
    vector: Sequence[float] | None = None,
    space: int | None = None,
    *,
    stale_days: int | None = None,
) -> list[Recalled]:
    """The nearest first, at most MOST_BOOSTING, whose label's rank is at most `limit`.

    By the cosine of `vector`, which is of the space with the id `space`; by words without
    one, and for playbooks that have no vector there. Stale ones are those that a person has to
    look at, and those that were reviewed over `stale_days` days ago.
    """
    asked = _storable(text[:LONGEST])
    if vector is None and not asked.strip():
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _NEAR,
            {
                "config": settings.LAKEHOUSE_TEXT_SEARCH,
                "text": asked,
                "space": None if vector is None else space,
                "vector": None if vector is None else str(list(vector)),
                "labels": labels_up_to(limit),
                "states": [state.value for state in RECALLED],
                "stale_days": stale_days,
                "farthest": BOOST_DISTANCE,
                "most": MOST_BOOSTING,
            },
        )
        return _with_prompts(cursor.fetchall())


def labels_up_to(limit: int) -> list[str]:
    return [label for label in (*LABELS, "") if rank(label) <= limit]


def _with_prompts(rows: Sequence[Any]) -> list[Recalled]:
    close = [row for row in rows if row[4] <= PROMPT_DISTANCE]
    # Stale ones only where fresh ones leave room.
    chosen = {row[0] for row in sorted(close, key=lambda row: bool(row[5]))[:MOST_IN_PROMPT]}
    return [
        Recalled(
            id=id,
            title=title,
            text=f"{task}\n\n{steps}",
            # Halves of precision leave equal vectors a hair apart, also below zero.
            distance=max(float(distance), 0.0),
            in_prompt=id in chosen,
            documents=tuple(documents),
            label_rank=label_rank,
            stale=old,
        )
        for id, title, task, steps, distance, old, label_rank, documents in rows
    ]


def _storable(text: str) -> str:
    """What PostgreSQL takes: without NUL and halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")
