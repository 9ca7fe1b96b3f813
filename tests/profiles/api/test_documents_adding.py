"""Documents taken in by REST: as JSON, as the body itself, as files of a form."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from profiles.models import Document
from tests.profiles.api.test_documents import LIST
from tests.profiles.rest import meanwhile, send
from tests.profiles.shelved import client_up_to, document

pytestmark = pytest.mark.django_db


def add(client: APIClient, **sent: Any) -> Any:
    return send(client, "POST", LIST, {"title": "Handbook", "text": "Keys rotate."} | sent)


def body(client: APIClient, raw: bytes, media: str, query: str = "title=Handbook") -> Any:
    sent: Any = raw
    return client.generic("POST", f"{LIST}?{query}", sent, content_type=media)


def form(client: APIClient, *files: tuple[str, bytes, str], **fields: Any) -> Any:
    sent = [SimpleUploadedFile(*each) for each in files]
    return client.post(LIST, {"file": sent, **fields}, format="multipart")


def raw_of(title: str = "Handbook") -> bytes:
    return bytes(Document.objects.get(title=title).raw or b"")


def test_json_makes_a_document_that_waits_for_its_ingestion(api: APIClient) -> None:
    about = {"label": "public", "dated": "2026-01-31", "owner": "ops", "source": "wiki/keys"}
    response = add(api, **about)
    made = response.json()
    assert (response.status_code, made["outcome"], made["state"]) == (201, "new", "pending")
    assert about.items() <= made.items()
    assert api.get(response["Location"]).json()["id"] == made["id"]
    assert raw_of() == b"Keys rotate."


def test_the_same_again_is_a_200_and_another_text_replaces_it(api: APIClient) -> None:
    first = add(api, source="wiki/keys").json()
    again = add(api, source="wiki/keys")
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    other = add(api, source="wiki/keys", text="They do not.")
    assert (other.status_code, other.json()["outcome"]) == (201, "changed")
    assert other.json()["id"] == first["id"]


@pytest.mark.parametrize("media", ["text/plain", "text/markdown", "text/html; charset=utf-8"])
def test_a_body_can_be_the_document_itself(api: APIClient, media: str) -> None:
    made = body(api, "Schlüssel".encode(), media, "title=Handbook&label=internal").json()
    assert (made["media_type"], made["label"]) == (media.partition(";")[0], "internal")
    assert raw_of().decode() == "Schlüssel"


def test_a_body_in_another_charset_is_read_in_that(api: APIClient) -> None:
    body(api, "Schlüssel".encode("latin-1"), "text/plain; charset=iso-8859-1")
    assert raw_of().decode() == "Schlüssel"


def test_a_page_sent_as_json_is_utf_8_whatever_it_says_of_itself(api: APIClient) -> None:
    add(api, text='<meta charset="latin-1">ü', media_type="text/html")
    assert raw_of().startswith(b"\xef\xbb\xbf")


def test_a_title_left_out_is_taken_from_the_source_or_stays_as_it_was(api: APIClient) -> None:
    assert body(api, b"a", "text/plain", "source=wiki/keys").json()["title"] == "keys"
    Document.objects.update(title="Keys")
    assert body(api, b"b", "text/plain", "source=wiki/keys").json()["title"] == "Keys"


def test_a_file_of_a_form_is_called_as_its_heading_and_is_what_its_ending_says(
    api: APIClient,
) -> None:
    made = form(api, ("keys.md", b"# Keys", "application/octet-stream"), label="public").json()
    assert (made["title"], made["media_type"], made["label"]) == (
        *("Keys", "text/markdown", "public"),
    )


def test_several_files_are_several_documents(api: APIClient) -> None:
    files = (("a.txt", b"a", "text/plain"), ("b.html", b"<p>b", "text/html"))
    response = form(api, *files, source="wiki/", owner="ops")
    made = response.json()["documents"]
    assert (response.status_code, [d["source"] for d in made]) == (
        201,
        ["wiki/a.txt", "wiki/b.html"],
    )
    assert form(api, *files, source="wiki").status_code == 200


def test_of_several_files_all_are_taken_or_none(api: APIClient) -> None:
    response = form(api, ("a.txt", b"a", "text/plain"), ("b.pdf", b"b", "application/pdf"))
    assert response.json() == {"file": ["b.pdf: It is no PDF. Give its true type."]}
    assert not Document.objects.exists()


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"text": " "}, "text", "It is empty."),
    ({"text": None}, "text", "null"),
    ({"text": "a\0b"}, "text", "holds a NUL"),
    ({"text": "\ud800"}, "text", "half of a surrogate pair"),
    ({"label": "secret"}, "label", "Known are: public"),
    ({"dated": "31.1."}, "dated", "Write a date like 2026-01-31."),
    ({"media_type": "text/htm"}, "media_type", 'Did you mean "text/html"?'),
    ({"media_type": "application/pdf"}, "media_type", "A PDF is no text"),
    ({"media_type": "application/json"}, "text", ""),
    ({"title": ""}, "title", "blank"),
    ({"title": "x" * 301}, "title", "300"),
    ({"source": "a\nb"}, "source", "one line"),
    ({"content": "x"}, "content", 'Did you mean "text"?'),
]


@pytest.mark.parametrize(("sent", "field", "told"), BAD)
def test_what_json_cannot_say_is_refused_by_field(
    api: APIClient, sent: dict[str, Any], field: str, told: str
) -> None:
    response = add(api, **sent)
    assert (response.status_code, list(response.json())) == (400, [field])
    assert told in response.json()[field][0]
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("raw", "media", "query", "field", "told"),
    [
        (b"", "text/plain", "title=x", "body", "It is empty."),
        (b"\xff", "text/plain", "title=x", "body", "Save it as UTF-8"),
        (b"a\0b", "text/markdown", "title=x", "body", "NUL"),
        (b"x", "application/pdf", "title=x", "body", "It is no PDF."),
        (b"x", "text/plain; charset=klingon", "title=x", "body", "Send it in UTF-8."),
        (b"x", "text/plain", "wait=1", "title", "Give the document a title"),
        (b"x", "text/plain", "title=x&lable=public", "lable", 'Did you mean "label"?'),
        (b"x", "text/plain", "title=x&wait=100", "wait", "0 to 60"),
        (
            b'{"title": "x", "text": "x"}',
            "application/json",
            "label=public",
            "label",
            "in the body",
        ),
    ],
)
def test_what_a_body_cannot_be_is_refused_by_its_place(
    api: APIClient, raw: bytes, media: str, query: str, field: str, told: str
) -> None:
    response = body(api, raw, media, query)
    assert (response.status_code, list(response.json())) == (400, [field])
    assert told in response.json()[field][0]


PAIR = (("a.txt", b"a", "text/plain"), ("a.txt", b"b", "text/plain"))


@pytest.mark.parametrize(
    ("files", "fields", "field", "told"),
    [
        ((), {}, "file", "Send one or several files"),
        (PAIR[:1], {"lable": "public"}, "lable", 'Did you mean "label"?'),
        (PAIR[:1], {"files": SimpleUploadedFile("b.txt", b"b")}, "files", 'Did you mean "file"?'),
        (PAIR[:1], {"label": ["public", "internal"]}, "label", "given twice"),
        (PAIR, {"title": "x"}, "title", "Leave it out."),
        (PAIR, {"source": "x"}, "file", "one would replace the other"),
        ([("a.png", b"\x89PNG", "image/png")], {}, "file", "It cannot be read."),
    ],
)
def test_what_a_form_cannot_hold_is_refused_by_field(
    api: APIClient, files: Any, fields: dict[str, Any], field: str, told: str
) -> None:
    response = form(api, *files, **fields)
    assert (response.status_code, list(response.json())) == (400, [field])
    assert told in response.json()[field][0]


def test_a_type_that_is_none_of_ours_is_told_those_that_are(api: APIClient) -> None:
    response = body(api, b"x", "application/msword")
    assert response.status_code == 415
    assert "text/markdown" in response.json()["detail"]


def test_waiting_ends_when_it_is_ingested(api: APIClient) -> None:
    def ingested() -> None:
        Document.objects.update(state="ready", chunk_count=1)

    with meanwhile('."state" = %s', ingested):
        response = body(api, b"x", "text/plain", "title=x&wait=5")
    assert response.json()["state"] == "ready"


@pytest.mark.parametrize("label", ["confidential", "restricted", ""])
def test_nobody_adds_what_he_could_not_see(label: str) -> None:
    response = add(client_up_to("internal"), label=label)
    assert response.status_code == 400
    assert "You may label with public or internal." in response.json()["label"][0]
    assert not Document.objects.exists()


def test_the_source_of_a_hidden_document_neither_tells_of_it_nor_replaces_it() -> None:
    row = document("canary", "restricted", source="wiki/plans", raw=b"canary")
    response = body(client_up_to("internal"), b"x", "text/plain", "source=wiki/plans&label=public")
    assert (response.status_code, response.json()["outcome"]) == (201, "new")
    assert response.json()["id"] != str(row.pk)
    row.refresh_from_db()
    assert (row.title, bytes(row.raw or b""), row.label) == ("canary", b"canary", "restricted")
