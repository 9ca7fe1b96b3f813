"""Rules as people see them: the admin's page, REST, and `manage.py truth`."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from lakehouse.gateway import rules_live
from lakehouse.gateway.models import Call
from tests.lakehouse.truth.ruling import said, table

JSON = "application/json"
FOUND = '{ FieldContainsAny = { field = "request.messages", values = ["codeword"] } }'
TEXT = (
    table(FOUND, '"Redact"', "redacts")
    + table('"Always"', '{ Reject = { message = "Not you." } }', "rejects", "legal")
    + table('{ FieldEmpty = { field = "answer.choices.*.message.content" } }', name="empty")
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Iterator[Path]:
    settings.TRUTH_DIR = tmp_path
    (tmp_path / "a.toml").write_text(TEXT)
    rules_live.forget()
    yield tmp_path
    rules_live.forget()


def make_call(*fired: str, hours: int = 0) -> Call:
    entries = [{"rule": rule, "stage": "request", "action": "redact"} for rule in fired]
    at = timezone.now() - timedelta(hours=hours)
    return Call.objects.create(
        id=uuid4(),
        operation="chat",
        instance=uuid4(),
        started_at=at,
        outcome="complete",
        task_class="legal",
        rules=entries,
    )


@pytest.mark.django_db
def test_the_page_shows_each_rule_its_place_and_how_often_it_fired(admin_client: Client) -> None:
    make_call("redacts")
    make_call("redacts", "rejects")
    make_call("redacts", hours=25)
    page = admin_client.get("/admin/truth/").content.decode()
    assert "3 rules in force" in page
    assert "a.toml:7" in page
    counted = [cell.split("<")[0] for cell in page.split('<td class="lh-number">')[1:]]
    assert counted == ["2", "1", "0"]


@pytest.mark.django_db
def test_the_page_is_for_those_who_may_view_calls(client: Client) -> None:
    client.force_login(User.objects.create_user("staff", is_staff=True))
    assert client.get("/admin/truth/").status_code == 403


@pytest.mark.django_db
def test_a_calls_page_and_its_rest_say_which_rules_fired(admin_client: Client) -> None:
    made = make_call("redacts")
    page = admin_client.get(f"/admin/gateway/call/{made.pk}/change/").content.decode()
    assert 'redacts <span class="lh-muted">(redact, request)</span>' in page
    told = admin_client.get(f"/api/v1/calls/{made.pk}/").json()
    assert (told["task_class"], told["rules"][0]["rule"]) == ("legal", "redacts")


@pytest.mark.django_db
def test_a_calls_page_and_its_rest_say_what_its_answer_fails(admin_client: Client) -> None:
    made = make_call()
    wrong = {"validator": "json", "kind": "schema", "path": "$.<b>", "message": "It is no JSON."}
    Call.objects.update(invalid=[wrong])
    page = admin_client.get(f"/admin/gateway/call/{made.pk}/change/").content.decode()
    assert 'json: It is no JSON. <span class="lh-muted">(schema, at $.&lt;b&gt;)</span>' in page
    assert admin_client.get(f"/api/v1/calls/{made.pk}/").json()["invalid"] == [wrong]


@pytest.mark.django_db
def test_rest_lists_the_rules(admin_client: Client) -> None:
    make_call("rejects")
    told = admin_client.get("/api/v1/truth/rules").json()
    assert [(r["id"], r["stage"], r["action"], r["fired"]) for r in told["rules"]] == [
        ("redacts", "request", "redact", 0),
        ("rejects", "request", "reject", 1),
        ("empty", "answer", "pass", 0),
    ]
    assert told["problems"] == []


@pytest.mark.django_db
def test_rest_tries_them_on_a_request_and_an_answer(admin_client: Client) -> None:
    sent = {"request": said("the codeword"), "answer": " "}
    told = admin_client.post("/api/v1/truth/evaluate", sent, JSON).json()
    assert [rule["rule"] for rule in told["fired"]] == ["redacts", "empty"]
    assert told["request"] == said("the [redacted]")
    assert told["ended"] is None
    told = admin_client.post("/api/v1/truth/evaluate", sent | {"task_class": "legal"}, JSON).json()
    assert told["ended"] == {"rule": "rejects", "message": "Not you.", "undecided": False}
    assert told["answer"] is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        ({}, "request", "required"),
        ({"request": {"messages": 3}}, "request", "messages"),
        ({"request": said("x"), "call": {"clearence": "public"}}, "call", '"clearance"'),
        ({"request": said("x"), "call": {"clearance": "high"}}, "call", "clearance"),
        ({"request": said("x"), "answer": {"choices": 3}}, "answer", "a text or a chat.completion"),
        ({"request": said("x"), "answr": "x"}, "answr", '"answer"'),
    ],
)
def test_what_is_no_call_is_a_400_by_name(
    admin_client: Client, sent: dict[str, Any], field: str, said: str
) -> None:
    answer = admin_client.post("/api/v1/truth/evaluate", sent, JSON)
    assert answer.status_code == 400
    assert said in answer.json()[field][0]


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("truth", *words, stdout=out)
    return out.getvalue()


def test_the_command_checks() -> None:
    assert run("check").startswith("3 rules in ")


def test_the_command_refuses_with_everything_that_is_wrong(folder: Path) -> None:
    (folder / "b.toml").write_text("rule = 3\n")
    (folder / "c.toml").write_text("rules = 3\n")
    with pytest.raises(CommandError) as refused:
        run("check")
    assert "b.toml:1" in str(refused.value) and "c.toml:1" in str(refused.value)
    assert str(refused.value).endswith("2 problems.")


def test_the_command_lists() -> None:
    assert [row["id"] for row in json.loads(run("list", "--json"))] == [
        *("redacts", "rejects", "empty"),
    ]
    assert "answer" in run("list")


def test_the_command_explains(folder: Path) -> None:
    shown = run("explain", "the codeword", "--answer", " ")
    assert "request: redacts (redact, " in shown and "answer: empty (pass, " in shown
    assert "the [redacted]" in shown
    (folder / "body.json").write_text(json.dumps(said("x") | {"task_class": "legal"}))
    shown = run("explain", "--body", str(folder / "body.json"), "--call", "stream=true")
    assert shown.endswith("The call ends by rejects: Not you.\n")


def test_the_command_says_what_it_cannot_take() -> None:
    with pytest.raises(CommandError, match="call: There is no"):
        run("explain", "x", "--call", "who=me")
    with pytest.raises(CommandError, match="cannot be read"):
        run("explain", "--body", "/nowhere")
