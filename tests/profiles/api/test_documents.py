"""Documents by REST, as they are listed and read, and changed and deleted."""

from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from profiles.models import Chunk, Document
from tests.profiles.making import activated, profile
from tests.profiles.rest import send
from tests.profiles.shelved import chunk, client_up_to, days_ago, document, playbook

pytestmark = pytest.mark.django_db
LIST = "/api/v1/documents/"


def url(row: Document, *rest: str) -> str:
    return "/".join([f"{LIST}{row.pk}", *rest, ""])


def titles(client: APIClient, query: str = "") -> list[str]:
    response = client.get(f"{LIST}?{query}")
    assert response.status_code == 200, response.json()
    return [row["title"] for row in response.json()["results"]]


def test_a_document_is_shown_with_what_is_said_of_it_and_how_it_stands(api: APIClient) -> None:
    row = document(state="failed", problem="It holds no text.", dated=days_ago(100), owner="ops")
    playbook("Rotate keys", row)
    shown = api.get(url(row)).json()
    assert (shown["state"], shown["problem"]) == ("failed", "It holds no text.")
    assert (shown["stale"], shown["owner"], shown["url"]) == (True, "ops", url(row))
    assert [(p["title"], p["state"]) for p in shown["playbooks"]] == [("Rotate keys", "draft")]
    assert not {"text", "raw", "content_hash"} & shown.keys()


def test_its_text_has_a_route_of_its_own(api: APIClient) -> None:
    row = document()
    assert api.get(url(row, "text")).json()["text"] == "Text of Handbook."


def test_its_chunks_come_in_pages_in_their_order(api: APIClient) -> None:
    row = document()
    for position in (2, 0, 1):
        chunk(row, position, f"passage {position}", heading="Top")
    page = api.get(url(row, "chunks") + "?page_size=2").json()
    assert page["count"] == 3
    assert [c["text"] for c in page["results"]] == ["passage 0", "passage 1"]
    assert page["results"][0] == {
        "position": 0,
        "heading": "Top",
        "text": "passage 0",
        "length": 2,
        "space": None,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["c", "b", "a"]),
        ("state=failed", ["b"]),
        ("label=internal", ["b"]),
        ("unlabelled=true", ["c"]),
        ("owner=ops", ["a"]),
        ("source=wiki/a", ["a"]),
        ("media_type=text/html", ["b"]),
        ("stale=true", ["a"]),
        ("stale=false", ["c", "b"]),
        ("undated=true", ["c"]),
        ("dated__gte=2020-01-01", ["b", "a"]),
        ("dated__lt=2020-01-01", []),
        ("search=WIKI", ["a"]),
        ("ordering=title", ["a", "b", "c"]),
        ("page_size=1&page=2", ["b"]),
    ],
)
def test_the_list_is_filtered_searched_ordered_and_paged(
    api: APIClient, query: str, found: list[str]
) -> None:
    document("a", source="wiki/a", owner="ops", dated=days_ago(91))
    document("b", "internal", state="failed", media_type="text/html", dated=days_ago(90))
    document("c", "")
    assert titles(api, query) == found


def test_what_is_stale_is_for_the_live_memory_profile_to_say(api: APIClient) -> None:
    document(dated=days_ago(20))
    assert titles(api, "stale=true") == []
    activated(profile("memory", "short", doc_staleness_days=10))
    assert titles(api, "stale=true") == ["Handbook"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("label=secret", "Known are: public, internal, confidential, restricted."),
        ("state=redy", 'Did you mean "ready"?'),
        ("stale=maybe", "Write true or false."),
        ("dated__lt=31.1.2026", "Write a date like 2026-01-31."),
        ("search=%00", "Null characters are not allowed."),
        ("text=x", "There is no such query parameter here."),
        ("ordering=text", "A list cannot be ordered by"),
    ],
)
def test_what_the_list_cannot_do_is_refused_and_says_what_it_can(
    api: APIClient, query: str, told: str
) -> None:
    response = api.get(f"{LIST}?{query}")
    assert response.status_code == 400
    assert told in str(response.json()[query.partition("=")[0]] if "%" not in query else told)


def test_a_list_takes_the_same_few_queries_however_long(
    api: APIClient, django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        row = document(f"d{number}", dated=days_ago(number))
        playbook(f"p{number}", row)
    with django_assert_max_num_queries(4):  # count, rows, playbooks, the live memory profile
        assert len(titles(api)) == 6


def test_a_change_holds_for_its_chunks_at_once(api: APIClient) -> None:
    row = document(owner="ops")
    chunk(row)
    sent = {"label": "confidential", "dated": "2026-01-31"}
    shown = send(api, "PATCH", url(row), sent).json()
    assert (shown["label"], shown["dated"], shown["owner"]) == (*sent.values(), "ops")
    found = Chunk.objects.values_list("label_rank", "dated").get()
    assert (found[0], str(found[1])) == (2, "2026-01-31")


def test_a_document_that_was_got_can_be_sent_back(api: APIClient) -> None:
    row = document(dated=days_ago(3))
    response = send(api, "PATCH", url(row), api.get(url(row)).json())
    assert response.status_code == 200, response.json()


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"lable": "public"}, 'Did you mean "label"?'),
        ({"label": "publik"}, 'Did you mean "public"?'),
        ({"dated": "yesterday"}, "Write a date like 2026-01-31."),
        ({"title": "two\nlines"}, "Write one line"),
        ({"title": ""}, "may not be blank"),
        ({"title": "a\0b"}, "holds a NUL"),
        ({"owner": "x" * 101}, "no more than 100 characters"),
        ({"state": "ready"}, "This cannot be changed"),
        ({"source": "elsewhere"}, "This cannot be changed"),
    ],
)
def test_what_cannot_be_set_is_refused_by_field(
    api: APIClient, sent: dict[str, Any], told: str
) -> None:
    row = document(state="failed")
    response = send(api, "PATCH", url(row), sent)
    assert response.status_code == 400
    assert told in str(response.json()[next(iter(sent))])


def test_deleting_really_deletes(api: APIClient) -> None:
    row = document()
    chunk(row)
    playbook("Rotate keys", row)
    assert api.delete(url(row)).status_code == 204
    assert not Document.objects.exists()
    assert not Chunk.objects.exists()
    assert api.get(url(row)).json()["detail"] == f'No document has the id "{row.pk}".'


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_document_is_not_put_whole(api: APIClient, method: str) -> None:
    assert send(api, method, url(document()), {}).status_code == 405


@pytest.mark.parametrize(
    ("method", "rest", "needed"),
    [
        ("GET", "", "view"),
        ("GET", "text", "view"),
        ("GET", "chunks", "view"),
        ("PATCH", "", "change"),
        ("DELETE", "", "delete"),
    ],
)
def test_each_route_needs_its_own_permission(method: str, rest: str, needed: str) -> None:
    row = document()
    others = {"view", "add", "change", "delete"} - {needed}
    path = url(row, *filter(None, [rest]))
    assert send(client_up_to("public", *others), method, path, {}).status_code == 403


@pytest.mark.parametrize("word", ["x", "%00", str(UUID(int=0))])
def test_what_is_no_document_is_a_404(api: APIClient, word: str) -> None:
    assert api.get(f"{LIST}{word}/").status_code == 404
