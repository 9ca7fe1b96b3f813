"""The ranked chunks' rows: titles and texts."""

from collections.abc import Mapping, Sequence

from profiles.retrieval.document import Chunk
from profiles.retrieval.passages import Candidate, Query, Stage

_FIELDS = (
    *("pk", "document_id", "position", "document__title", "heading"),
    *("document__label", "dated"),
)


def read(
    query: Query,
    rankings: Mapping[Stage, Sequence[tuple[int, float]]],
    fused: Sequence[tuple[int, float]],
    top_k: int,
) -> list[Candidate]:
    """Candidates in the order of `fused`, the first `top_k` with their texts, the others dropped.

    A chunk that went meanwhile, or was labelled above the limit, is left out.
    """
    allowed = Chunk.objects.filter(label_rank__lte=query.limit)
    ids = [pk for pk, _ in fused]
    rows = {row[0]: row for row in allowed.filter(pk__in=ids).values_list(*_FIELDS)}
    texts = dict(allowed.filter(pk__in=ids[:top_k]).values_list("pk", "text"))
    places: dict[int, tuple[dict[Stage, int], dict[Stage, float]]] = {pk: ({}, {}) for pk in ids}
    for stage, ranking in (*rankings.items(), ("fused", fused)):
        for rank, (pk, score) in enumerate(ranking, start=1):
            places[pk][0][stage], places[pk][1][stage] = rank, score
    found = []
    for rank, pk in enumerate(ids, start=1):
        if pk not in rows or (rank <= top_k and pk not in texts):
            continue
        _, document, position, title, heading, label, dated = rows[pk]
        found.append(
            Candidate(
                document=document,
                chunk=position,
                title=title,
                heading=heading,
                text=texts.get(pk, ""),
                label=label,
                dated=dated,
                ranks=places[pk][0],
                scores=places[pk][1],
                dropped="" if rank <= top_k else "top_k",
            )
        )
    return found
