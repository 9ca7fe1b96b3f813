"""Vectors for chunks that have none of the present space: the setting came, or changed, later."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from profiles.activation.network import Network
from profiles.embedding.asking import BATCH, space_of, vectors
from profiles.embedding.chosen import Chosen
from profiles.embedding.space import Space
from profiles.retrieval import indexing
from profiles.retrieval.document import Chunk, Document
from profiles.retrieval.vectoring import ONLY_WORDS, packed, provider, text_of, written
from providers.endpoint import rank

_PROBE = "Which space are its vectors in?"


class Revectoring:
    """One run; broken off at any point, the next goes on from there."""

    def __init__(self, network: Network) -> None:
        """Asks for one vector. Raises NotChosen and ProviderError."""
        self._network = network
        self.chosen: Chosen = provider()
        self._limit = rank(self.chosen.endpoint.clearance)
        self.space: Space = space_of(self.chosen, self._ask([_PROBE])[0])

    def left(self) -> Any:
        """The chunks without a vector of the space that may be given one."""
        chunks = Chunk.objects.filter(label_rank__lte=self._limit).exclude(space=self.space)
        return chunks.order_by("id")

    def withheld(self) -> int:
        """How many chunks have a label above the provider's clearance."""
        return Chunk.objects.filter(label_rank__gt=self._limit).count()

    def batches(self) -> Iterator[int]:
        """Does the work; how many got their vectors, batch by batch. Raises ProviderError."""
        last = 0
        while rows := list(self._read(last)):
            last = rows[-1][0]
            made = self._ask([text_of(*row[1:]) for row in rows])
            self._write([row[0] for row in rows], made)
            yield len(rows)

    def conclude(self) -> None:
        """The remarks that are no longer true go, and the index is made."""
        remarks = Document.objects.filter(
            state=Document.State.READY, problem__startswith=ONLY_WORDS
        )
        remarks.up_to(self._limit).update(problem="")
        if indexing.due(self.space):
            indexing.ensure(self.space)
        indexing.tidy()

    def _read(self, last: int) -> Any:
        rows = self.left().filter(pk__gt=last)[:BATCH]
        return rows.values_list("pk", "document__title", "heading", "text")

    def _ask(self, texts: list[str]) -> list[list[float]]:
        network = self._network
        return network.ask(vectors(network.transport, self.chosen, texts))

    def _write(self, chunks: list[int], made: list[list[float]]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE profiles_chunk chunk SET space_id = %s, embedding = made.one::halfvec "
                "FROM unnest(%s::bigint[], %s::text[]) AS made (id, one) WHERE chunk.id = made.id",
                [self.space.pk, chunks, [written(packed(vector)) for vector in made]],
            )
