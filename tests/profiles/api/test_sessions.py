"""Sessions by REST: a key's own, all for who manages, and nothing above a clearance."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from lakehouse.gateway.authentication import KeyUser
from lakehouse.gateway.live import Principal
from profiles.memory import exporting
from profiles.models import Session, SessionTurn
from providers.endpoint import Clearance
from providers.messages import File, Image, Reasoning, Refusal, Text, Turn
from tests.profiles.memory.talk import asked, kept, pair, result, said, session
from tests.profiles.rest import client_of

pytestmark = pytest.mark.django_db

URL = "/api/v1/sessions/"
OWNER, OTHER = 7, 8


def key(
    number: int = OWNER, clearance: Clearance = "restricted", manage: bool = False
) -> APIClient:
    """Who sends a request with the key of that id."""
    principal = Principal(number, f"k{number}", "ann", clearance, frozenset(), None, manage, None)
    user: Any = KeyUser(principal)
    client = APIClient()
    client.force_authenticate(user)
    return client


def names(client: APIClient, query: str = "") -> list[str]:
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.content
    return [row["session_id"] for row in answer.json()["results"]]


def page(of: Session, verb: str = "") -> str:
    return f"{URL}{of.pk}/{verb}"


def aged(name: str, days: float) -> Session:
    kept(*pair(1), name=name)
    when = timezone.now() - timedelta(days=days)
    Session.objects.filter(name=name).update(used=when)
    SessionTurn.objects.filter(session__name=name).update(created=when)
    return session(name)


def test_a_key_lists_its_own_and_no_others() -> None:
    kept(*pair(1), name="mine")
    kept(*pair(1), name="theirs", key=OTHER)
    assert names(key()) == ["mine"]
    assert names(key(), f"api_key={OTHER}") == []


@pytest.mark.parametrize("verb", ["", "export/"])
def test_another_keys_session_is_not_there(verb: str) -> None:
    kept(*pair(1), key=OTHER)
    theirs = page(session(key=OTHER), verb)
    assert key().get(theirs).status_code == 404
    assert key().delete(page(session(key=OTHER))).status_code == 404
    assert Session.objects.exists()


@pytest.mark.parametrize("managing", [True, False])
def test_who_manages_sees_all(api: APIClient, managing: bool) -> None:
    kept(*pair(1), name="a", key=1)
    kept(*pair(1), name="b", key=2)
    client = key(3, manage=True) if managing else api
    assert names(client) == ["b", "a"]
    assert names(client, "api_key=1") == ["a"]


def test_the_last_used_comes_first_and_pages_follow_a_cursor() -> None:
    for number in (1, 3, 2):
        aged(f"{number} days ago", number)
    assert names(key(), "page_size=2") == ["1 days ago", "2 days ago"]
    following = key().get(f"{URL}?page_size=2").json()["next"]
    assert [row["session_id"] for row in key().get(following).json()["results"]] == ["3 days ago"]


@pytest.mark.parametrize("clearance", ["public", "restricted"])
@pytest.mark.parametrize(("word", "found"), [("gte", "young"), ("lt", "old")])
def test_a_list_is_narrowed_by_when_they_were_used(
    clearance: Clearance, word: str, found: str
) -> None:
    aged("old", 9)
    aged("young", 1)
    then = f"{timezone.now() - timedelta(days=5):%Y-%m-%dT%H:%M:%SZ}"
    assert names(key(clearance=clearance), f"used__{word}={then}") == [found]


def test_a_session_is_found_by_the_name_that_calls_give() -> None:
    kept(*pair(1), name="a")
    kept(*pair(1), name="b")
    assert names(key(), "session_id=b") == ["b"]


@pytest.mark.parametrize(
    "query", ["used=now", "api_key=x", "api_key=1.5", "ordering=used", "name=a"]
)
def test_a_filter_that_cannot_be_used_is_refused(query: str) -> None:
    assert key().get(f"{URL}?{query}").status_code == 400


def test_a_session_is_shown_with_its_turns_as_messages() -> None:
    call = kept(asked("look"), said("", "c1"), result("c1"), said("done"), rank=1)
    shown = key().get(page(session())).json()
    assert (shown["session_id"], shown["api_key"], shown["turn_count"]) == ("chat-1", OWNER, 1)
    (turn,) = shown["turns"]
    assert (turn["call_id"], turn["label"], turn["model"]) == (str(call), "internal", "echo/m")
    look = {"name": "look", "arguments": "{}"}
    assert turn["messages"] == [
        {"role": "user", "content": "look"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": look}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "found"},
        {"role": "assistant", "content": "done"},
    ]


def test_parts_that_are_no_plain_text_are_shown_as_the_dialect_has_them() -> None:
    user = (Text("see"), Image(url="https://x/cat.png", detail="low"), File(file_id="f1"))
    kept(Turn("user", user, "ann"), Turn("assistant", (Reasoning("hm"), Refusal("no"))))
    question, answer = key().get(page(session())).json()["turns"][0]["messages"]
    assert question["name"] == "ann"
    assert question["content"] == [
        {"type": "text", "text": "see"},
        {"type": "image_url", "image_url": {"url": "https://x/cat.png", "detail": "low"}},
        {"type": "file", "file": {"file_id": "f1"}},
    ]
    assert answer == {
        "role": "assistant",
        "content": None,
        "reasoning_content": "hm",
        "refusal": "no",
    }


def test_turns_above_the_clearance_do_not_exist() -> None:
    kept(*pair(1))
    kept(*pair(2), rank=2)
    for client in (key(clearance="internal"), key(3, "internal", manage=True)):
        shown = client.get(page(session())).json()
        assert (shown["turn_count"], shown["tokens"], len(shown["turns"])) == (1, 2, 1)
        assert shown["used"] == shown["turns"][0]["created"]
        for text in (json.dumps(shown), client.get(page(session(), "export/")).content.decode()):
            assert "ask1" in text and "ask2" not in text


def test_a_session_wholly_above_the_clearance_is_there_for_its_owner_only() -> None:
    kept(*pair(1), rank=2)
    owner, manager = key(clearance="internal"), key(3, "internal", manage=True)
    assert (names(owner), names(manager)) == (["chat-1"], [])
    assert owner.get(page(session())).json()["turns"] == []
    assert owner.get(page(session(), "export/")).content == b""
    for verb in ("", "export/"):
        assert manager.get(page(session(), verb)).status_code == 404
    assert manager.delete(page(session())).status_code == 404


def test_when_a_hidden_turn_was_said_orders_nothing() -> None:
    aged("seen", 1)
    aged("partly", 5)
    kept(*pair(9), name="partly", rank=3)
    assert names(key(clearance="public")) == ["seen", "partly"]
    assert names(key()) == ["partly", "seen"]


@pytest.mark.parametrize(
    ("permission", "label"),
    [("", 0), ("see_internal", 1), ("see_confidential", 2), ("see_restricted", 3)],
)
def test_a_person_sees_turns_up_to_what_is_permitted(permission: str, label: int) -> None:
    for rank in range(4):
        kept(*pair(rank), rank=rank)
    client = client_of("view_session", permission)
    assert client.get(page(session())).json()["turn_count"] == label + 1


def test_the_newest_hundred_turns_are_shown_and_all_exported() -> None:
    kept(*pair(0))
    row = session().turns.get()
    SessionTurn.objects.bulk_create(
        SessionTurn(session=row.session, call_id=row.call_id, messages=row.messages, tokens=2)
        for _ in range(100)
    )
    shown = key().get(page(session())).json()
    assert (shown["turn_count"], len(shown["turns"])) == (101, 100)
    assert key().get(page(session(), "export/")).content.count(b"\n") == 101


def test_an_export_is_a_file_of_json_lines() -> None:
    first, second = kept(*pair(1)), kept(*pair(2))
    answer = key().get(page(session(), "export/"))
    lines = [json.loads(line) for line in answer.content.splitlines()]
    assert answer["content-type"] == "application/jsonl; charset=utf-8"
    assert answer["content-disposition"].endswith(f'"session-{session().pk}.jsonl"')
    assert [line["call_id"] for line in lines] == [str(first), str(second)]
    assert lines[0]["session_id"] == "chat-1" and lines[0]["api_key"] == OWNER
    assert lines[0]["messages"][1] == {"role": "assistant", "content": "say1"}


def test_an_export_too_large_to_send_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_TOKENS", 1)
    kept(*pair(1))
    answer = key().get(page(session(), "export/"))
    assert answer.status_code == 409
    assert "manage.py sessions export" in answer.json()["detail"]


@pytest.mark.parametrize("client", [key(), key(3, manage=True)], ids=["owner", "manager"])
def test_a_deleted_session_is_really_gone(client: APIClient) -> None:
    kept(*pair(1))
    kept(*pair(2), rank=3)
    gone = page(session())
    assert client.delete(gone).status_code == 204
    assert client.get(gone).status_code == 404
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM profiles_session UNION SELECT id FROM profiles_sessionturn")
        assert cursor.fetchall() == []


def test_deleting_needs_its_own_permission_of_a_person() -> None:
    kept(*pair(1))
    assert client_of("view_session").delete(page(session())).status_code == 403


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_nobody_writes_a_session(api: APIClient, method: str) -> None:
    kept(*pair(1))
    for path in (URL, page(session())):
        assert getattr(api, method)(path, {}, format="json").status_code == 405


def test_a_list_takes_the_same_few_queries_however_long(django_assert_max_num_queries: Any) -> None:
    for number in range(6):
        kept(*pair(1), name=f"s{number}")
    with django_assert_max_num_queries(1):
        assert len(names(key(clearance="internal"))) == 6


@pytest.mark.parametrize("word", ["x", "0", "99999999999999999999", "%00"])
def test_an_id_of_no_session_is_a_404_that_names_it(word: str) -> None:
    answer = key().get(f"{URL}{word}/")
    assert answer.status_code == 404
    assert "No session has the id" in answer.json()["detail"]
