"""`manage.py ingest`: files and folders in, what was skipped and what failed, and going on."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from profiles.management import bar, ingestion
from profiles.models import Chunk, Corpus, Document, Space
from profiles.retrieval.claiming import number_of
from profiles.retrieval.titles import title_of
from providers.models import Provider
from tests.profiles.commands.shell import Terminal, refused, said
from tests.profiles.making import provider
from tests.profiles.retrieval.documents import ingested, taken
from tests.providers.conftest import Shelf
from tests.upstreams.base import Answer, UpstreamServer
from tests.upstreams.openai import OpenAIServer, error

pytestmark = pytest.mark.django_db


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    (folder / "sea").mkdir(parents=True)
    (folder / "b.txt").write_text("Seals bark.")
    (folder / "sea" / "a.md").write_text("# Whales\n\nThey sing.")
    return folder


@pytest.fixture
def upstream(settings: Settings, server: UpstreamServer, monkeypatch: Any) -> Iterator[Any]:
    settings.LAKEHOUSE_EMBEDDING = "corp/embed"
    monkeypatch.setattr(ingestion, "WAITS", ())
    with OpenAIServer() as running:
        Provider.objects.create(
            name="corp", kind="openai_compatible", base_url=running.url, clearance="restricted"
        )
        yield running


def sources() -> dict[str, str]:
    """The state of each document by its source."""
    return dict(Document.objects.order_by("source").values_list("source", "state"))


# --- what is taken ----------------------------------------------------------


def test_a_folder_is_ingested_and_what_it_did_is_said(docs: Path) -> None:
    text = said("ingest", str(docs), "--label", "public", "--owner", "sea team")
    assert "2 ingested (2 chunks), 0 unchanged, 0 failed. It took" in text
    assert "Retrieval is lexical only: LAKEHOUSE_EMBEDDING names no provider." in text
    assert "restricted" not in text and "manage.py retrieve" in text
    assert sources() == {"docs/b.txt": "ready", "docs/sea/a.md": "ready"}
    found = Document.objects.get(source="docs/sea/a.md")
    assert (found.title, found.label, found.owner) == ("Whales", "public", "sea team")
    assert Corpus.objects.get().chunks == 2


def test_documents_without_a_label_are_said_to_count_as_restricted(docs: Path) -> None:
    assert "they count as restricted" in said("ingest", str(docs))
    assert Corpus.objects.get().label_rank == 3


def test_what_did_not_change_is_left_alone(docs: Path) -> None:
    said("ingest", str(docs))
    before = set(Chunk.objects.values_list("pk", flat=True))
    (docs / "b.txt").write_text("Seals bark loudly.")
    assert "1 ingested (1 chunk), 1 unchanged, 0 failed." in said("ingest", str(docs))
    assert len(before & set(Chunk.objects.values_list("pk", flat=True))) == 1


def test_a_source_is_the_same_from_wherever_it_is_given(
    docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said("ingest", str(docs))
    monkeypatch.chdir(docs)
    assert "0 ingested (0 chunks), 2 unchanged" in said("ingest", ".")
    assert "1 unchanged" in said("ingest", "b.txt")
    monkeypatch.chdir(docs.parent)
    assert "2 unchanged" in said("ingest", "docs/", "docs/sea/../b.txt")


def test_two_folders_of_one_name_are_not_one(docs: Path) -> None:
    other = docs.parent / "other" / "docs"
    other.mkdir(parents=True)
    (other / "b.txt").write_text("Invoices.")
    assert "would be one document, docs/b.txt" in refused("ingest", str(docs), str(other))
    assert sources() == {}
    said("ingest", str(other), "--as", "billing")
    assert sources() == {"billing/b.txt": "ready"}


def test_hidden_and_foreign_files_are_skipped_and_counted(docs: Path) -> None:
    (docs / ".git").mkdir()
    (docs / ".git" / "a.txt").write_text("x")
    (docs / ".env.txt").write_text("SECRET")
    (docs / "image.png").write_bytes(b"\x89PNG")
    (docs / "loop").symlink_to(docs)
    (docs / "etc.txt").symlink_to("/etc/hostname")
    text = said("ingest", str(docs))
    assert "4 skipped (2 hidden, 1 linked from outside, 1 of another type)" in text
    assert len(sources()) == 2


def test_a_glob_chooses_by_name_or_path(docs: Path) -> None:
    assert "1 skipped (1 not matched by --glob)" in said("ingest", str(docs), "--glob", "*.md")
    said("ingest", str(docs), "--glob", "sea/*")
    assert sources() == {"docs/sea/a.md": "ready"}


@pytest.mark.parametrize(
    ("word", "date"), [("2024-05-01", "2024-05-01"), ("modified", "1970-01-02")]
)
def test_documents_have_the_date_that_is_said(docs: Path, word: str, date: str) -> None:
    os.utime(docs / "b.txt", (86400, 86400))
    said("ingest", str(docs / "b.txt"), "--dated", word)
    assert str(Document.objects.get().dated) == date


@pytest.mark.parametrize(
    ("raw", "name", "title"),
    [
        (b"text\n# Big *whales* #\n", "a.md", "Big *whales*"),
        (b"<title> Fish &amp;\n chips </title>", "a.html", "Fish & chips"),
        (b"# no heading", "sea/notes on whales.txt", "notes on whales"),
        (b"\xff", "a.md", "a"),
    ],
)
def test_a_documents_title_is_its_own_or_its_names(raw: bytes, name: str, title: str) -> None:
    assert title_of(raw, name) == title


# --- what goes wrong --------------------------------------------------------


def test_failures_are_listed_and_the_rest_is_ingested(docs: Path) -> None:
    (docs / "bad.pdf").write_bytes(b"%PDF-1.7 nonsense")
    (docs / "bytes.txt").write_bytes(b"\xff")
    (docs / "empty.md").write_text("")
    out = Terminal()
    with pytest.raises(CommandError) as caught:
        said("ingest", str(docs), out=out)
    assert caught.value.returncode == 1 and "3 failed; nothing" in str(caught.value)
    text = " ".join(out.getvalue().split())
    assert "docs/bad.pdf" in text and "It is broken" in text and "It is empty." in text
    assert list(sources().values()) == ["ready", "failed", "ready"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Say what to ingest: PATH"),
        (["/nowhere"], "/nowhere is no file or folder."),
        (["--label", "secret", "."], "invalid choice"),
        (["--dated", "May", "."], '"May" is no date like 2024-05-01.'),
        (["--embed"], "Set LAKEHOUSE_EMBEDDING"),
    ],
)
def test_what_cannot_be_done_is_refused(words: list[str], message: str) -> None:
    assert message in refused("ingest", *words)


def test_when_nobody_makes_vectors_the_rest_is_left(docs: Path, upstream: OpenAIServer) -> None:
    for name in "cdef":
        (docs / f"{name}.txt").write_text("More.")
    upstream.next(*[Answer.of(error("away"), status=503)] * 3)
    text = refused("ingest", str(docs))
    assert "3 failed" in text and "3 were left" in text
    assert len(sources()) == 3


def test_whoever_leaves_goes_on_later(docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(self: bar.Bar, now: str = "", by: int = 1) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bar.Bar, "step", leave)
        assert "goes on from here" in refused("ingest", str(docs), returncode=130)
    assert sources() == {"docs/b.txt": "ready"}
    assert "1 ingested (1 chunk), 1 unchanged" in said("ingest", str(docs))


# --- with and without a worker ----------------------------------------------


def test_no_job_is_left_for_what_is_ready(docs: Path) -> None:
    ingested("Seals bark.", source="docs/b.txt")
    said("ingest", str(docs))
    assert not ProcrastinateJob.objects.filter(status="todo").exists()


def test_what_a_worker_has_is_waited_for(docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = taken("Seals bark.", source="docs/b.txt")
    with psycopg.connect(**connection.get_connection_params()) as worker:
        worker.execute("SELECT pg_advisory_lock(%s::bigint)", [number_of(made.pk)])
        monkeypatch.setattr(time, "sleep", lambda _: worker.close())
        assert "2 ingested" in said("ingest", str(docs))


def test_what_is_pending_or_failed_is_tried_again(upstream: OpenAIServer) -> None:
    taken("Whales sing.")
    failing = taken("Seals bark.", source="b", title="Seals")
    Document.objects.filter(pk=failing.pk).update(state="failed", problem="It broke.")
    assert "2 ingested (2 chunks)" in said("ingest", "--retry")


# --- vectors ----------------------------------------------------------------


def test_vectors_come_later_for_what_has_none(settings: Settings, shelf: Shelf) -> None:
    ingested("Whales sing.", source="a")
    ingested("Seals bark.", source="b", label="restricted")
    settings.LAKEHOUSE_EMBEDDING = "echo/echo@8"
    provider("echo", clearance="internal")
    text = said("ingest", "--embed")
    assert "1 chunk got vectors by echo/echo, 8 dimensions" in text
    assert "Without any: 1 chunk whose label is above" in text
    assert Chunk.objects.get(space=Space.objects.get()).label_rank == 0
    assert "0 chunks got vectors" in said("ingest", "--embed")


def test_vectors_of_another_space_replace_the_old(settings: Settings, shelf: Shelf) -> None:
    provider("echo")
    settings.LAKEHOUSE_EMBEDDING = "echo/echo@8"
    ingested("Whales sing.")
    settings.LAKEHOUSE_EMBEDDING = "echo/echo@16"
    said("ingest", "--embed")
    assert len(Chunk.objects.get().embedding) == 16


def test_vectors_that_fail_are_told_and_nothing_is_lost(upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(error("no credit"), status=401))
    assert "No vectors (auth)" in refused("ingest", "--embed")


def test_how_documents_are_found_is_said(docs: Path, upstream: OpenAIServer) -> None:
    text = said("ingest", str(docs))
    assert "Retrieval is hybrid: 2 of 2 chunks have vectors by corp/embed, 2 dimensions." in text
