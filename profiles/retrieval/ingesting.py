"""The unit of work of ingestion: one document read, cut, given vectors, and stored.

For the job and the command alike. It may be broken off at any point, and begun again:
what is searched changes in one transaction at its end.
"""

import logging
import traceback
from collections.abc import Callable
from uuid import UUID

from django.db import InterfaceError, OperationalError

from profiles.activation.lease import Lost
from profiles.activation.network import Network
from profiles.embedding.chosen import Chosen
from profiles.retrieval import counting, indexing, job, storing, vectoring
from profiles.retrieval.chunking import Piece, pieces
from profiles.retrieval.claiming import alone, number_of
from profiles.retrieval.document import Document
from profiles.retrieval.extracting import extracted
from profiles.retrieval.media import Unreadable
from providers.errors import ProviderError

logger = logging.getLogger(__name__)

_DATABASE_AWAY = (OperationalError, InterfaceError)
_AGAIN = "To try again: manage.py ingest --retry, or give the document anew."


class Later(Exception):
    """The document failed for a reason that may pass; its `problem` says which."""


class Stopped(Exception):
    """The worker ends: the document is still pending, and nothing of it was stored."""


def ingest(
    document_id: UUID,
    network: Network,
    *,
    stopping: Callable[[], bool] = lambda: False,
    counted: bool = True,
) -> Document | None:
    """The document as it is then; None when it went. One that is ready is left alone.

    Whoever is second while another works at it leaves it to that one, at once: the
    document is then still pending. `counted=False` leaves it to the caller to count and
    index. Raises Later after the failure is stored, Stopped, and what a database that is
    away raises.
    """
    while True:
        with alone(number_of(document_id)) as mine:
            found = Document.objects.filter(pk=document_id).first()
            if not mine or found is None or found.state == Document.State.READY:
                return found
            later = _ingest(found, network, stopping, counted)
        found = Document.objects.filter(pk=document_id).defer("raw", "text").first()
        if later:
            raise Later(f"document {document_id}: {later}")
        # It was given anew meanwhile, and whoever came for it found it taken.
        if found is None or found.state != Document.State.PENDING:
            return found


def _ingest(
    document: Document, network: Network, stopping: Callable[[], bool], counted: bool
) -> str:
    """The kind of failure when it may pass, else "". Raises Stopped."""
    try:
        text, cut = _read(document)
        chosen, note = vectoring.provider_for(document.label)
        vectors = None
        if chosen is not None:
            texts = [vectoring.text_of(document.title, p.heading, p.text) for p in cut]
            vectors = vectoring.made(network, chosen, texts, _may(document, stopping))
            if vectors is None:
                return ""
        if storing.replace(document, text, cut, vectors, note) and counted:
            counting.soon()
            if vectors and indexing.due(vectors.space):
                job.index(vectors.space.pk)
    except Unreadable as error:
        storing.fail(document, str(error))
    except ProviderError as error:
        assert chosen is not None
        storing.fail(document, _no_vectors(chosen, error))
        return str(error.failure.kind) if error.failure.retryable else ""
    except (Stopped, Lost, *_DATABASE_AWAY):
        raise
    except Exception as error:
        # Not its text, which may repeat the document's.
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("document %s: %s\n%s", document.pk, type(error).__name__, where)
        storing.fail(
            document,
            f"It broke off with {type(error).__name__}, which should not happen. The log says "
            f"where. {_AGAIN}",
        )
    return ""


def _read(document: Document) -> tuple[str, list[Piece]]:
    """Its text and passages; those it has, where what came is not kept any more."""
    if document.raw is None:
        kept = document.chunks.order_by("position").values_list("text", "heading")
        return document.text, [Piece(text, heading) for text, heading in kept]
    blocks = extracted(bytes(document.raw), document.media_type)
    return "\n\n".join(block.text for block in blocks), pieces(blocks)


def _may(document: Document, stopping: Callable[[], bool]) -> Callable[[], bool]:
    """Asked before each batch: a document that was relabelled since may not be sent any more."""
    same = Document.objects.filter(
        pk=document.pk, content_hash=document.content_hash, label=document.label
    )

    def may() -> bool:
        if stopping():
            raise Stopped
        return same.exists()

    return may


def _no_vectors(chosen: Chosen, error: ProviderError) -> str:
    failed = error.failure
    then = "A worker tries it again a few times by itself. " if failed.retryable else ""
    return (
        f"{chosen.endpoint.name}/{chosen.model} made no vectors ({failed.kind}): "
        f"{failed.message[:300]} What was searched before still is. {then}{_AGAIN}"
    )
