"""Who embeds and reranks for retrieval, as the settings say; without one it is by words only."""

from collections.abc import Callable, Iterator, Mapping

from django.db.utils import Error

from lakehouse.server.doctor.finding import Finding, State
from profiles.embedding.chosen import Chosen, NotChosen, for_embedding, for_reranking
from providers.endpoint import Endpoint
from providers.models import Provider

AREA = "retrieval"
_WORK: dict[str, Callable[[Mapping[str, Endpoint]], Chosen]] = {
    "LAKEHOUSE_EMBEDDING": for_embedding,
    "LAKEHOUSE_RERANK": for_reranking,
}


def look() -> Iterator[Finding]:
    try:
        rows = list(Provider.objects.select_related("listing"))
    except Error:
        return  # the database's own findings say why
    endpoints = {row.name: row.endpoint() for row in rows}
    for name, choose in _WORK.items():
        yield _finding(name, choose, endpoints)


def _finding(
    name: str, choose: Callable[[Mapping[str, Endpoint]], Chosen], endpoints: Mapping[str, Endpoint]
) -> Finding:
    try:
        chosen = choose(endpoints)
    except NotChosen as error:
        if not str(error):
            return Finding(AREA, name, State.OK, "not set: retrieval does without")
        remedy = f"Set {name} to provider/model, or to nothing; retrieval does without until then."
        return Finding(AREA, name, State.PROBLEM, str(error), remedy)
    return Finding(AREA, name, State.OK, f"{chosen.endpoint.name}/{chosen.model}")
