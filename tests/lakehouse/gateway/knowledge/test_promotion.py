"""Calls that become playbooks: from a session's words or the ledger's, up to a clearance."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from lakehouse.gateway.models import ApiKey, Call
from profiles.memory import history
from profiles.models import Playbook
from providers.messages import Text, Turn

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def call(clearance: str = "internal", **columns: Any) -> Call:
    key, _ = ApiKey.objects.issue("app", "ana", clearance=clearance)
    row = {"operation": "chat", "outcome": "complete", "started_at": "2026-01-01T00:00Z"}
    return Call.objects.create(api_key=key, instance=uuid.uuid4(), **row | columns)


def kept() -> dict[str, Any]:
    asked = {"messages": [{"role": "user", "content": "How to bleed a radiator?"}]}
    return {"request_body": asked, "answer_text": "Open the valve."}


def promoted(client: Client, row: Call) -> Any:
    return client.post(f"/api/v1/calls/{row.pk}/promote/")


def test_a_call_whose_words_the_ledger_kept_becomes_a_draft(operator: Client) -> None:
    answer = promoted(operator, call(**kept())).json()
    assert (answer["title"], answer["steps"]) == ("How to bleed a radiator?", "Open the valve.")
    assert (answer["state"], answer["label"]) == ("draft", "internal")


def test_a_call_of_a_session_becomes_one_by_the_sessions_words(operator: Client) -> None:
    row = call()
    said = [Turn("user", (Text("Why?"),)), Turn("assistant", (Text("Because."),))]
    history.keep(row.api_key_id or 0, "s", row.pk, said, label_rank=0, model="m")
    assert promoted(operator, row).json()["steps"] == "Because."


def test_promoted_twice_it_is_the_same_draft(operator: Client) -> None:
    row = call(**kept())
    assert promoted(operator, row).json()["id"] == promoted(operator, row).json()["id"]


@pytest.mark.parametrize(
    ("columns", "why"),
    [({}, "words of this call were not kept"), ({"outcome": "failed"}, "no complete answer")],
)
def test_a_call_without_words_or_a_good_end_is_refused(
    operator: Client, columns: dict[str, Any], why: str
) -> None:
    answer = promoted(operator, call(**columns))
    assert answer.status_code == 409
    assert why in answer.json()["detail"]


def test_nobody_promotes_above_the_own_clearance(db: None) -> None:
    user = User.objects.create_user("ana", is_staff=True)
    codes = ("view_call", "add_playbook", "view_playbook", "see_internal")
    user.user_permissions.add(*Permission.objects.filter(codename__in=codes))
    client = Client()
    client.force_login(user)
    assert promoted(client, call("restricted", **kept())).status_code == 409
    assert promoted(client, call("internal", **kept())).status_code == 200


def test_the_page_of_a_call_has_the_button_and_leads_to_the_draft(operator: Client) -> None:
    row = call(**kept())
    page = operator.get(f"/admin/gateway/call/{row.pk}/change/").content.decode()
    assert "Make a playbook" in page
    answer = operator.post(f"/admin/gateway/call/{row.pk}/promote/")
    made = Playbook.objects.get(from_call=row.pk)
    assert answer.headers["location"] == f"/admin/profiles/playbook/{made.pk}/change/"
