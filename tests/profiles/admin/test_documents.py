"""Documents in the admin: the list and its questions, the page, adding, relabelling, deleting."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from profiles.activation.network import Network
from profiles.models import Chunk, Document
from profiles.retrieval.ingesting import ingest
from tests.profiles.admin.people import adds, errors, form, listed, page, said
from tests.profiles.shelved import chunk, days_ago, document, playbook

pytestmark = pytest.mark.django_db
LIST = "/admin/profiles/document/"


def act(client: Client, action: str, *rows: Document, **more: Any) -> Any:
    chosen = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(LIST, chosen | more)


def upload(client: Client, *files: tuple[str, bytes], **fields: Any) -> Any:
    sent = [SimpleUploadedFile(*each, content_type="text/plain") for each in files]
    return client.post(adds(Document), {"uploads": sent, **fields})


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("ingested=failed", ["b"]),
        ("ingested=pending", ["c"]),
        ("stale=yes", ["a"]),
        ("stale=no", ["b"]),
        ("stale=undated", ["c"]),
        ("label=-", ["c"]),
        ("label=internal", ["b"]),
        ("help=harmful", ["a"]),
        ("help=helpful", ["b"]),
        ("help=unjudged", ["c"]),
        ("owner=ops", ["a"]),
        ("q=wiki", ["a"]),
    ],
)
def test_the_list_answers_what_an_operator_asks(db: None, query: str, titles: list[str]) -> None:
    document("a", dated=days_ago(91), harmful=2, helpful=1, owner="ops", source="wiki/a")
    document("b", "internal", dated=days_ago(90), state="failed", helpful=1)
    document("c", "", state="pending")
    assert [row.title for row in listed(Document, query)] == titles


def test_the_list_takes_the_same_few_queries_however_long(
    browser: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        playbook(f"p{number}", document(f"d{number}", dated=days_ago(number)))
    browser.get(LIST)
    with django_assert_max_num_queries(12):
        browser.get(LIST)


def test_the_page_tells_how_it_stands_with_its_chunks_and_playbooks(
    browser: Client, django_assert_max_num_queries: Any
) -> None:
    row = document(state="failed", problem="It holds no text.", dated=days_ago(100), chunk_count=22)
    for position in range(22):
        chunk(row, position, f"passage {position}.")
    playbook("Rotate keys", row)
    with django_assert_max_num_queries(16):
        text = browser.get(page(row)).content.decode()
    for told in ("It holds no text.", "stale", "Rotate keys", "passage 19.", "And 2 more."):
        assert told in text
    assert "passage 20." not in text


def test_files_are_taken_in_each_with_its_own_message(browser: Client) -> None:
    response = upload(
        browser, ("keys.md", b"# Keys"), ("none.txt", b""), label="internal", owner="ana"
    )
    assert response["location"] == page(Document.objects.get())
    assert "keys.md: taken in. A worker ingests it now." in said(response)
    assert "none.txt: It is empty. It was not taken in." in said(response)
    row = Document.objects.get()
    assert (row.title, row.label, row.owner, row.media_type) == (
        *("Keys", "internal", "ana", "text/markdown"),
    )


def test_the_owner_is_whoever_uploads_unless_he_says_otherwise(browser: Client) -> None:
    assert 'value="ana"' in browser.get(adds(Document)).content.decode()


def test_several_files_of_one_source_are_known_again(browser: Client) -> None:
    files = (("a.txt", b"a"), ("b.txt", b"b"))
    upload(browser, *files, source="wiki/")
    told = said(upload(browser, *files, source="wiki"))
    assert "b.txt: was there already with this content" in told
    assert set(Document.objects.values_list("source", flat=True)) == {"wiki/a.txt", "wiki/b.txt"}


@pytest.mark.parametrize(
    ("files", "fields", "wrong", "told"),
    [
        ((), {}, "uploads", "Choose one or several files."),
        ((("a.txt", b"a"),), {"label": "secret"}, "label", "not one of the available choices"),
        ((("a.txt", b"a"),), {"dated": "soon"}, "dated", "valid date"),
        ((("a.txt", b"a"), ("b.txt", b"b")), {"title": "x"}, "title", "Leave it empty."),
    ],
)
def test_what_is_wrong_on_the_add_page_is_told_by_field(
    browser: Client, files: Any, fields: dict[str, str], wrong: str, told: str
) -> None:
    assert told in errors(upload(browser, *files, **fields))[wrong][0]
    assert not Document.objects.exists()


def test_only_what_somebody_typed_anew_is_saved(browser: Client) -> None:
    row = document(owner="ops")
    chunk(row)
    seen = form(row) | {f"initial-{name}": value for name, value in form(row).items()}
    Document.objects.update(label="restricted")
    browser.post(page(row), seen | {"title": "Manual"})
    row.refresh_from_db()
    assert (row.title, row.label, row.owner) == ("Manual", "restricted", "ops")


def test_a_new_label_holds_for_its_chunks_at_once(browser: Client) -> None:
    row = document()
    chunk(row)
    browser.post(page(row), form(row) | {"label": "confidential"})
    assert Chunk.objects.get().label_rank == 2


def test_many_are_relabelled_after_a_question(browser: Client) -> None:
    rows = [document("a"), document("b")]
    asked = act(browser, "relabel", *rows).content.decode()
    assert "Which label shall 2 documents have?" in asked
    response = act(browser, "relabel", *rows, relabel="yes", label="internal")
    assert "2 documents are now internal" in said(response)
    assert set(Document.objects.values_list("label", flat=True)) == {"internal"}


def test_one_or_many_are_ingested_again(browser: Client) -> None:
    row = document(state="failed", problem="It holds no text.")
    assert "1 document to be ingested again." in said(act(browser, "ingest_again", row))
    again = reverse("admin:profiles_document_again", args=[row.pk])
    assert browser.post(again)["location"] == page(row)
    row.refresh_from_db()
    assert (row.state, row.problem) == ("pending", "")


def test_what_is_ready_keeps_its_passages_when_it_is_ingested_again(browser: Client) -> None:
    row = document(media_type="application/pdf", chunk_count=2)
    for position in (0, 1):
        chunk(row, position, f"passage {position}", heading="Top")
    act(browser, "ingest_again", row)
    with Network() as network:
        assert ingest(row.pk, network) is not None
    row.refresh_from_db()
    assert (row.state, row.chunk_count, row.text) == ("ready", 2, "Text of Handbook.")
    kept = row.chunks.order_by("position").values_list("text", "heading")
    assert list(kept) == [("passage 0", "Top"), ("passage 1", "Top")]


def test_deleting_asks_with_the_number_of_chunks_and_then_really_deletes(browser: Client) -> None:
    row = document(chunk_count=1)
    chunk(row)
    asked = act(browser, "delete_selected", row).content.decode()
    assert "Handbook" in asked
    assert "Chunks" in asked
    assert Document.objects.exists()
    act(browser, "delete_selected", row, post="yes")
    assert not Document.objects.exists()
    assert not Chunk.objects.exists()


def test_the_log_names_no_title(browser: Client) -> None:
    upload(browser, ("plans.txt", b"x"), label="restricted")
    row = Document.objects.get()
    browser.post(page(row), form(row) | {"label": "internal"})
    browser.post(page(row, "delete"), {"post": "yes"})
    assert set(LogEntry.objects.values_list("object_repr", flat=True)) == {f"document {row.pk}"}
