"""Chunks whose vectors are near the query's: pgvector, exact or by its HNSW index.

The index is a space's own (`indexing.py` makes it with this expression). It is walked until
enough chunks pass the gate. Few chunks are compared one by one: that is exact, and then
no chunk above the limit can change what is found by standing in the index.
"""

import math
from typing import Any

from django.db import connection

from profiles.retrieval.gate import gate
from profiles.retrieval.passages import Query
from profiles.retrieval.policy import Retrieval

EXACT = 5000  # chunks up to the limit that are compared one by one
WIDTH = 100  # of the index's search; more where more is wanted
MOST_WIDTH = 1000  # that pgvector takes
MOST_WALKED = 40_000  # chunks of the index, while too few of them pass the gate

_VISIBLE = "SELECT coalesce(sum(chunks), 0) FROM profiles_corpus WHERE label_rank <= %(limit)s"


def ranking(query: Query, profile: Retrieval, depth: int) -> list[tuple[int, float]]:
    """The nearest chunks' ids with their cosine similarity, nearest first, `depth` at most.

    The query has a vector and its space. Within a transaction: it sets the index's options.
    """
    assert query.vector is not None
    size = len(query.vector)
    gated, named = gate(query, profile)
    named |= {"space": query.space, "vector": str(query.vector), "depth": depth}
    distance = f"((c.embedding::halfvec({size})) <=> %(vector)s::halfvec({size}))"
    with connection.cursor() as cursor:
        # An order that the index does not have keeps the planner from it.
        order = f"{distance} + 0" if _few(cursor, query) else distance
        width = min(max(depth, WIDTH), MOST_WIDTH)
        cursor.execute(
            "SET LOCAL hnsw.iterative_scan = relaxed_order;"
            f"SET LOCAL hnsw.ef_search = {width};"
            f"SET LOCAL hnsw.max_scan_tuples = {MOST_WALKED}"
        )
        cursor.execute(
            f"WITH near AS MATERIALIZED (SELECT c.id, {distance} AS distance "  # noqa: S608 - ours
            f"FROM profiles_chunk c WHERE {gated} AND c.space_id = %(space)s "
            f"ORDER BY {order} LIMIT %(depth)s) "
            "SELECT id, 1 - distance FROM near ORDER BY distance, id",
            named,
        )
        return [(pk, near) for pk, near in cursor.fetchall() if not math.isnan(near)]


def _few(cursor: Any, query: Query) -> bool:
    cursor.execute(_VISIBLE, {"limit": query.limit})
    return bool(cursor.fetchone()[0] <= EXACT)
