"""Ingestion: what is stored, in one piece, and what happens when something comes between."""

import uuid
from typing import Any

import psycopg
import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from profiles import tasks
from profiles.activation.network import Network
from profiles.models import Chunk, Document, Space
from profiles.retrieval import abandoned, job
from profiles.retrieval.claiming import number_of
from profiles.retrieval.ingesting import Later, Stopped, ingest
from providers.models import Provider
from tests.profiles.making import provider
from tests.profiles.retrieval.documents import Meanwhile, ingested, ready, taken, texts
from tests.providers.conftest import Shelf
from tests.upstreams.base import Answer, UpstreamServer
from tests.upstreams.openai import OpenAIServer, error

pytestmark = pytest.mark.django_db
LONG = "# Whales\n\nThey sing.\n\n## Food\n\n" + "They eat krill. " * 200


@pytest.fixture
def embedding(settings: Settings, shelf: Shelf) -> Provider:
    settings.LAKEHOUSE_EMBEDDING = "echo/echo@32"
    return provider("echo", clearance="internal")


@pytest.fixture
def upstream(settings: Settings, server: UpstreamServer) -> Any:
    """One that can fail."""
    settings.LAKEHOUSE_EMBEDDING = "corp/embed"
    with OpenAIServer() as running:
        Provider.objects.create(
            name="corp", kind="openai_compatible", base_url=running.url, clearance="internal"
        )
        yield running


def chunk(document: Document) -> Chunk:
    return Chunk.objects.get(document=document)


# --- what is stored ---------------------------------------------------------


def test_a_document_becomes_chunks_that_are_found_by_their_words() -> None:
    found = ingested(LONG, media_type="text/markdown")
    stored = list(Chunk.objects.filter(document=found))
    assert (found.state, found.problem, found.chunk_count) == ("ready", "", len(stored))
    assert [each.position for each in stored] == list(range(len(stored)))
    assert [each.heading for each in stored[:2]] == ["Whales", "Whales > Food"]
    assert Chunk.objects.filter(words="krill & food").count() == len(stored) - 1


def test_a_chunks_words_are_its_titles_headings_and_texts() -> None:
    found = chunk(ingested("# Singing\n\nBlue whales.", title="Sea", source="a.md"))
    assert found.words == "'blue':3 'sea':1 'sing':2 'whale':4"
    assert found.length == 4


def test_what_came_is_kept_as_text_only() -> None:
    found = Document.objects.get(pk=ingested("<h1>A</h1><p>b</p>", source="a.html").pk)
    assert (found.raw, found.text) == (None, "A\n\nb")
    assert found.ingested_hash == found.content_hash and found.ingested_at


def test_words_are_of_the_language_that_the_setting_names(settings: Settings) -> None:
    settings.LAKEHOUSE_TEXT_SEARCH = "simple"
    assert "'whales'" in chunk(ingested()).words


def test_without_an_embedding_provider_there_are_no_vectors_and_no_remark() -> None:
    found = ingested()
    assert (found.problem, chunk(found).space, chunk(found).embedding) == ("", None, None)


def test_with_one_each_chunk_has_a_vector(embedding: Provider) -> None:
    found = ingested(LONG)
    space = Space.objects.get()
    assert (space.provider, space.model, space.dimensions) == ("echo", "echo", 32)
    for each in Chunk.objects.filter(document=found):
        assert each.space == space
        assert sum(n * n for n in each.embedding) == pytest.approx(1, abs=0.01)


def test_a_label_above_the_providers_clearance_is_found_by_words_only(embedding: Provider) -> None:
    found = ingested(label="restricted")
    assert found.state == "ready" and chunk(found).embedding is None
    assert found.problem == (
        "Found by its words only: it is restricted, and echo is cleared for internal."
    )


def test_a_provider_that_is_switched_off_leaves_the_words(embedding: Provider) -> None:
    Provider.objects.update(enabled=False)
    found = ingested()
    assert found.state == "ready" and "is switched off" in found.problem


# --- again ------------------------------------------------------------------


def test_the_old_chunks_serve_until_the_new_ones_replace_them() -> None:
    old = ingested()
    changed = taken("Seals bark.")
    assert (changed.pk, changed.state, texts(old)) == (old.pk, "pending", ["Blue whales sing."])
    assert ready(changed).chunk_count == 1
    assert texts(old) == ["Seals bark."]


def test_one_that_is_ready_is_left_alone() -> None:
    found = ingested()
    before = chunk(found).pk
    ready(found)
    assert chunk(found).pk == before


def test_a_new_title_is_found_at_once() -> None:
    found = ingested()
    taken(title="Choirs")
    assert chunk(found).words == "'blue':2 'choir':1 'sing':4 'whale':3"


def test_relabelling_and_deleting_take_effect_at_once() -> None:
    found = ingested()
    assert chunk(found).label_rank == 0
    taken(label="confidential")
    assert chunk(found).label_rank == 2
    Document.objects.filter(pk=found.pk).update(label="")
    assert chunk(found).label_rank == 3
    found.delete()
    assert not Chunk.objects.exists()


# --- failures ---------------------------------------------------------------


def test_an_unreadable_document_fails_and_says_why() -> None:
    found = ingested(b"%PDF-1.7 nonsense", source="a.pdf")
    assert found.state == "failed" and found.problem.startswith("It is broken")
    assert Document.objects.get(pk=found.pk).raw


def test_a_failure_leaves_what_was_searched() -> None:
    ingested()
    found = ingested(b"<script>x</script>", media_type="text/html")
    assert (found.state, texts(found)) == ("failed", ["Blue whales sing."])


def test_a_provider_that_refuses_fails_it_for_good(upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(error("no such model", code="model_not_found"), status=404))
    found = ingested()
    assert found.state == "failed" and not Chunk.objects.exists()
    assert "corp/embed made no vectors" in found.problem and "no such model" in found.problem


def test_a_provider_that_is_busy_fails_it_until_it_is_tried_again(upstream: OpenAIServer) -> None:
    made = taken()
    upstream.next(Answer.of(error("slow down"), status=429))
    with pytest.raises(Later) as caught:
        ready(made)
    assert str(caught.value) == f"document {made.pk}: rate_limit"
    assert "tries it again" in Document.objects.get().problem
    found = ready(made)
    assert (found.state, found.problem, chunk(found).embedding) == ("ready", "", [0.0, 1.0])


def test_half_of_the_vectors_is_nothing(upstream: OpenAIServer) -> None:
    def break_off() -> None:
        if len(upstream.ledger) == 1:
            upstream.next(Answer.of(error("broken"), status=500))

    made = taken("\n\n".join(f"# {n}\n\ntext" for n in range(100)), media_type="text/markdown")
    with Meanwhile(break_off) as network, pytest.raises(Later):
        ingest(made.pk, network)
    assert len(upstream.ledger) == 2
    assert (Chunk.objects.count(), Document.objects.get().state) == (0, "failed")


def test_what_should_not_happen_is_logged_without_content(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LAKEHOUSE_TEXT_SEARCH = "nonsense"
    found = ingested("Whales canary.")
    assert found.state == "failed" and "broke off with ProgrammingError" in found.problem
    assert f"document {found.pk}: ProgrammingError" in caplog.text
    assert "canary" not in caplog.text + found.problem


# --- meanwhile --------------------------------------------------------------


def meanwhile(happens: Any, **given: Any) -> tuple[Document | None, uuid.UUID]:
    """The document as it is once it was ingested, and something happened in between, once."""
    made = taken(**given)
    left = [happens]
    with Meanwhile(lambda: left and left.pop()(made.pk)) as network:
        return ingest(made.pk, network), made.pk


def test_a_document_that_is_relabelled_meanwhile_is_labelled_so(embedding: Provider) -> None:
    def relabel(pk: uuid.UUID) -> None:
        Document.objects.filter(pk=pk).update(label="restricted")

    found, _ = meanwhile(relabel)
    assert found is not None and chunk(found).label_rank == 3


def test_a_relabelled_document_is_sent_no_further(upstream: OpenAIServer) -> None:
    def relabel(pk: uuid.UUID) -> None:
        Document.objects.filter(pk=pk).update(label="restricted")

    many = "\n\n".join(f"# {n}\n\ntext" for n in range(100))
    found, _ = meanwhile(relabel, raw=many, media_type="text/markdown")
    assert len(upstream.ledger) == 1
    assert found is not None and found.state == "ready" and "by its words only" in found.problem


def test_a_document_that_changes_meanwhile_is_ingested_as_it_is_then(embedding: Provider) -> None:
    found, _ = meanwhile(lambda _: taken("Seals bark."))
    assert found is not None
    assert (found.state, texts(found)) == ("ready", ["Seals bark."])


def test_a_document_that_goes_meanwhile_is_gone(embedding: Provider) -> None:
    found, _ = meanwhile(lambda pk: Document.objects.get(pk=pk).delete())
    assert found is None and not Chunk.objects.exists()


def test_a_worker_that_ends_stores_nothing(embedding: Provider) -> None:
    made = taken()
    with Network() as network, pytest.raises(Stopped):
        ingest(made.pk, network, stopping=lambda: True)
    assert Document.objects.get().state == "pending" and not Chunk.objects.exists()


def test_a_document_that_another_works_at_is_left_to_it() -> None:
    made = taken()
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_advisory_lock(%s::bigint)", [number_of(made.pk)])
        assert ready(made).state == "pending"
        assert abandoned.pick_up() == 0
        other.execute("SELECT pg_advisory_unlock_all()")
        assert ready(made).state == "ready"


# --- what a dead worker left ------------------------------------------------


def test_a_pending_document_without_a_job_gets_one() -> None:
    made = taken()
    Document.objects.update(updated="2024-01-01T00:00Z")
    assert abandoned.pick_up() == 0  # its job waits
    _job(made, "doing")
    assert abandoned.pick_up() == 1
    assert ProcrastinateJob.objects.filter(status="todo", task_name=job.INGEST).count() == 1


def test_a_document_that_workers_die_of_is_given_up() -> None:
    made = taken()
    Document.objects.update(updated="2024-01-01T00:00Z")
    for _ in range(abandoned.MOST_WORKERS):
        _job(made, "doing")
        job.ingest(made.pk)
    _job(made, "doing")
    abandoned.pick_up()
    found = Document.objects.get()
    assert found.state == "failed" and "workers stopped" in found.problem


def test_the_worker_looks_after_documents_and_counts() -> None:
    ingested()
    Chunk.objects.all().delete()
    assert (tasks.pick_up_documents(0), tasks.look_after_counts(0)) == (0, True)


def _job(document: Document, status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = %s WHERE queueing_lock = %s",
            [status, job.name(document.pk)],
        )
