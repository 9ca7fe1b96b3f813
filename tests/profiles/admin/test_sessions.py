"""Sessions in the admin: read as far as one may, exported, deleted for good, never edited."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from profiles.admin import sessions as admin_sessions
from profiles.memory import exporting
from profiles.models import Session, SessionTurn
from providers.messages import File, Image, Reasoning, Refusal, Text, Turn
from tests.profiles.admin.people import lists, page, said, signed_in
from tests.profiles.memory.talk import asked, kept, pair, result, session
from tests.profiles.memory.talk import said as answered

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db: None) -> Client:
    """May view and delete sessions, and see what is public."""
    return signed_in("bo", "view_session", "delete_session")


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def names(client: Client, query: str = "") -> list[str]:
    answer: Any = client.get(f"{lists(Session)}?{query}")
    return [row.name for row in answer.context["cl"].result_list]


def test_the_list_says_whose_and_how_much(browser: Client) -> None:
    kept(*pair(1), key=41)
    kept(*pair(2), key=41)
    shown = text(browser, lists(Session))
    assert reverse("admin:gateway_apikey_change", args=[41]) in shown
    for word in ("chat-1", ">2<", ">4<", "ago"):
        assert word in shown


def test_the_list_takes_the_same_few_queries_however_long(
    browser: Client, django_assert_num_queries: Any
) -> None:
    kept(*pair(1), name="first")
    with django_assert_num_queries(4):
        browser.get(lists(Session))
    for number in range(5):
        kept(*pair(1), name=f"s{number}", key=number)
    with django_assert_num_queries(4):
        browser.get(lists(Session))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=night", ["night"]),
        ("q=5", ["night"]),
        ("used=day", ["night", "chat-1"]),
        ("used=older", []),
    ],
)
def test_the_list_answers_questions(browser: Client, query: str, found: list[str]) -> None:
    kept(*pair(1))
    kept(*pair(1), name="night", key=5)
    assert names(browser, query) == found


def test_the_page_is_a_transcript(browser: Client) -> None:
    picture = (Text("see <b>"), Image(url="https://x/cat.png"), File(file_id="f1"))
    call = kept(Turn("user", picture), answered("", "c1"), result("c1"), answered("done"), rank=1)
    kept(asked("x"), Turn("assistant", (Reasoning("hm"), Refusal("cannot"))))
    shown = text(browser, page(session()))
    for word in ("see &lt;b&gt;", "[image: https://x/cat.png]", "[file: f1]", "look {}", "found"):
        assert word in shown
    for word in ("done", "internal", str(call), "echo/m", "hm", "Refused: cannot"):
        assert word in shown


def test_older_turns_are_a_page_away(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_sessions, "MOST_SHOWN", 2)
    for number in range(3):
        kept(*pair(number))
    newest = text(browser, page(session()))
    second = SessionTurn.objects.order_by("id")[1].pk
    assert "ask0" not in newest and f"?before={second}" in newest
    older = text(browser, f"{page(session())}?before={second}")
    assert "ask0" in older and "ask1" not in older and "Newest turns" in older
    assert "ask2" in text(browser, f"{page(session())}?before=x")


def test_turns_above_the_clearance_are_neither_shown_nor_counted(staff: Client) -> None:
    kept(*pair(1))
    kept(*pair(2), rank=1)
    for address in (lists(Session), page(session()), page(session(), "delete")):
        assert "ask2" not in text(staff, address)
    assert staff.get(page(session())).context["original"].turn_count == 1
    assert "Turns: 1" in " ".join(text(staff, page(session(), "delete")).split())


def test_a_session_wholly_above_the_clearance_is_not_there(staff: Client) -> None:
    kept(*pair(1), name="hidden", rank=1)
    assert names(staff) == [] and names(staff, "q=hidden") == []
    for name in ("change", "delete", "history"):
        answer: Any = staff.get(page(session("hidden"), name), follow=True)
        assert answer.status_code == 404 or "exist. Perhaps it was deleted?" in said(answer)
    staff.post(lists(Session), chosen("delete_selected", session("hidden")) | {"post": "yes"})
    assert Session.objects.filter(name="hidden").exists()


@pytest.mark.parametrize("permission", ["see_internal", "see_confidential", "see_restricted"])
def test_a_permission_shows_its_label(permission: str) -> None:
    for rank in range(4):
        kept(*pair(rank), rank=rank)
    client = signed_in("cleo", "view_session", permission)
    shown = text(client, page(session()))
    limit = ("see_internal", "see_confidential", "see_restricted").index(permission) + 1
    assert [f"ask{rank}" in shown for rank in range(4)] == [rank <= limit for rank in range(4)]


def test_deleting_asks_and_then_leaves_nothing(staff: Client) -> None:
    kept(*pair(1))
    kept(*pair(2), rank=3)
    staff.get(page(session(), "delete"))
    assert Session.objects.exists()
    staff.post(page(session(), "delete"), {"post": "yes"})
    assert not Session.objects.exists() and not SessionTurn.objects.exists()


def test_many_are_deleted_at_once(staff: Client) -> None:
    kept(*pair(1), name="a")
    kept(*pair(1), name="b")
    kept(*pair(1), name="c")
    chosen_two = chosen("delete_selected", session("a"), session("b"))
    assert "Turns: 2" in " ".join(staff.post(lists(Session), chosen_two).content.decode().split())
    staff.post(lists(Session), chosen_two | {"post": "yes"})
    assert names(staff) == ["c"]


def test_deleting_needs_its_permission() -> None:
    kept(*pair(1))
    viewer = signed_in("vi", "view_session")
    assert page(session(), "delete") not in text(viewer, page(session()))
    assert viewer.post(page(session(), "delete"), {"post": "yes"}).status_code == 403


def test_nobody_adds_or_edits(browser: Client) -> None:
    kept(*pair(1))
    assert browser.get(reverse("admin:profiles_session_add")).status_code == 403
    assert browser.post(page(session()), {"name": "x"}).status_code == 403


def test_chosen_sessions_are_exported_as_far_as_one_may_see(staff: Client) -> None:
    kept(*pair(1), name="a")
    kept(*pair(2), name="a", rank=1)
    kept(*pair(3), name="b")
    answer = staff.post(lists(Session), chosen("export_selected", session("a"), session("b")))
    lines = [json.loads(line) for line in answer.content.splitlines()]
    assert answer["content-disposition"] == 'attachment; filename="sessions.jsonl"'
    assert [line["session_id"] for line in lines] == ["b", "a"]


def test_an_export_too_large_says_what_to_do(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_TOKENS", 1)
    kept(*pair(1))
    answer = browser.post(lists(Session), chosen("export_selected", session()))
    assert "manage.py sessions export" in said(answer)


def chosen(action: str, *of: Session) -> dict[str, Any]:
    return {"action": action, "_selected_action": [each.pk for each in of]}
