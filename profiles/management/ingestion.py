"""Ingesting files one after another in a shell, with a worker's help or without."""

import time
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError

from profiles.activation.network import Network
from profiles.management.doing import faults
from profiles.management.gathering import File
from profiles.retrieval import counting, indexing, job, vectoring
from profiles.retrieval.document import Document
from profiles.retrieval.ingesting import Later, ingest
from profiles.retrieval.intake import MOST_BYTES, take
from profiles.retrieval.titles import title_of

WAITS = (1.0, 4.0)  # seconds, before a provider that may be well again is asked again
MOST_IN_A_ROW = 3  # documents whose vectors failed: then it is no use to go on
POLL_SECS = 0.2
MODIFIED = "modified"


class Given(NamedTuple):
    """What the command line says of every document. `dated` MODIFIED is each file's own."""

    label: str
    owner: str
    dated: date | str | None


class Ended(NamedTuple):
    """How one ended: `ready`, `failed`, `unchanged`, or `pending` while a worker has it."""

    source: str
    state: str
    chunks: int = 0
    problem: str = ""
    document: UUID | None = None


class NoUse(Exception):
    """One document after another failed for want of vectors: the rest was left."""


class Ingestion:
    """One run. `ended` has what came of each, by its source."""

    def __init__(self, network: Network) -> None:
        self.ended: dict[str, Ended] = {}
        self._network = network
        self._failed_in_a_row = 0

    def file(self, file: File, given: Given) -> None:
        """Raises NoUse after some that failed for the same reason in a row."""
        try:
            raw = _read(file)
            taken = take(
                raw,
                title=title_of(raw, file.path.name),
                source=file.source,
                label=given.label,
                owner=given.owner,
                dated=_modified(file) if given.dated == MODIFIED else given.dated,  # type: ignore[arg-type]
            )
        except ValidationError as error:
            self._end(Ended(file.source, "failed", problem=faults(error).replace("raw: ", "")))
            return
        except OSError as error:
            self._end(Ended(file.source, "failed", problem=f"It cannot be read: {error.strerror}."))
            return
        if taken.document.state == Document.State.READY:
            self._end(Ended(file.source, "unchanged", document=taken.document.pk))
        else:
            self.document(file.source, taken.document.pk)

    def document(self, source: str, pk: UUID) -> None:
        """One that is pending or failed. Raises NoUse."""
        later = False
        for wait in (*WAITS, None):
            try:
                found = ingest(pk, self._network, counted=False)
                later = False
                break
            except Later:
                later = True
                found = Document.objects.filter(pk=pk).first()
                if wait is not None:
                    time.sleep(wait)
        self._end(_ended(source, pk, found))
        self._failed_in_a_row = self._failed_in_a_row + 1 if later else 0
        if self._failed_in_a_row >= MOST_IN_A_ROW:
            raise NoUse

    def wait_for_workers(self) -> None:
        """Until those that a worker has are done, by it or, if it dies, here."""
        while waiting := [each for each in self.ended.values() if each.state == "pending"]:
            time.sleep(POLL_SECS)
            for each in waiting:
                assert each.document is not None
                self.document(each.source, each.document)

    def conclude(self) -> None:
        """What is done once for all: counts, the index of vectors, jobs that wait in vain."""
        # A run that was killed may have left jobs of what is unchanged now.
        ready = [each for each in self.ended.values() if each.state in ("ready", "unchanged")]
        job.forget([each.document for each in ready if each.document is not None])
        if self.count("ready"):
            counting.recount()
            make_index()

    def count(self, state: str) -> int:
        return sum(each.state == state for each in self.ended.values())

    @property
    def chunks(self) -> int:
        return sum(each.chunks for each in self.ended.values())

    @property
    def failures(self) -> list[Ended]:
        return [each for each in self.ended.values() if each.state == "failed"]

    def _end(self, ended: Ended) -> None:
        self.ended[ended.source] = ended


def left_over() -> list[tuple[str, UUID]]:
    """The documents that are pending or failed, however they came: a name, and which it is."""
    rows: Any = Document.objects.exclude(state=Document.State.READY).order_by("created")
    return [
        (source or title, pk) for source, title, pk in rows.values_list("source", "title", "pk")
    ]


def make_index() -> None:
    """Of the present space, if it pays by now."""
    if (space := vectoring.present_space()) and indexing.due(space):
        indexing.ensure(space)


def _read(file: File) -> bytes:
    """Raises OSError, and ValidationError for one that is too large to be read at all."""
    with file.path.open("rb") as opened:
        raw = opened.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise ValidationError({"raw": f"It has more than {MOST_BYTES:,} bytes. Split it."})
    return raw


def _modified(file: File) -> date:
    return datetime.fromtimestamp(file.path.stat().st_mtime, UTC).date()


def _ended(source: str, pk: UUID, found: Document | None) -> Ended:
    if found is None:
        return Ended(source, "failed", problem="Somebody deleted it meanwhile.")
    if found.state == Document.State.READY:
        return Ended(source, "ready", found.chunk_count, document=pk)
    return Ended(source, str(found.state), problem=found.problem, document=pk)
