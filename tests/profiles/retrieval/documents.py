"""Documents as tests want them, in one line each."""

from collections.abc import Callable, Coroutine
from typing import Any

from profiles.activation.network import Network
from profiles.models import Chunk, Document
from profiles.retrieval.ingesting import ingest
from profiles.retrieval.intake import take


class Meanwhile(Network):
    """Something happens before each batch of vectors is asked for."""

    def __init__(self, happens: Callable[[], Any]) -> None:
        super().__init__()
        self.happens = happens

    def ask(self, work: Coroutine[Any, Any, Any]) -> Any:
        self.happens()
        return super().ask(work)


def taken(raw: bytes | str = "Blue whales sing.", **given: Any) -> Document:
    """A pending one."""
    raw = raw.encode() if isinstance(raw, str) else raw
    return take(raw, **{"title": "Whales", "source": "whales.txt", "label": "public"} | given)[0]


def ingested(
    raw: bytes | str = "Blue whales sing.", network: Network | None = None, **given: Any
) -> Document:
    return ready(taken(raw, **given), network)


def ready(document: Document, network: Network | None = None) -> Document:
    """As it is after its ingestion, whatever became of it."""
    if network is None:
        with Network() as network:
            found = ingest(document.pk, network)
    else:
        found = ingest(document.pk, network)
    assert found is not None
    return found


def texts(document: Document) -> list[str]:
    return list(Chunk.objects.filter(document=document).values_list("text", flat=True))
