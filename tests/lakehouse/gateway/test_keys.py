"""API keys: made, shown once, changed, revoked; by REST, in the admin and by command."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from lakehouse.gateway.models import ApiKey
from lakehouse.gateway.models.api_key import digest
from profiles.models import ExecutionProfile
from providers.models import Provider

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def operator(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def test_the_database_holds_a_hash_and_a_preview(db: None) -> None:
    key, token = ApiKey.objects.issue("a", "b")
    assert key.digest == digest(token)
    assert key.preview == f"{token[:7]}…{token[-4:]}"
    assert token not in str(ApiKey.objects.values().get())


def test_rest_shows_a_new_key_once(operator: Client) -> None:
    made = operator.post("/api/v1/keys/", {"label": "search", "owner": "ana"}, JSON).json()
    assert made["key"].startswith("lh_")
    assert "key" not in operator.get(f"/api/v1/keys/{made['id']}/").json()


def test_rest_names_the_field_that_does_not_fit(operator: Client) -> None:
    sent = {"label": "x", "owner": "y", "allowed_providers": ["nope"]}
    answer = operator.post("/api/v1/keys/", sent, JSON)
    assert answer.status_code == 400
    assert "No provider is named nope" in answer.json()["allowed_providers"][0]
    assert not ApiKey.objects.exists()


def test_a_key_is_tied_to_a_profile_by_rest_and_by_command(operator: Client) -> None:
    ExecutionProfile.objects.create(name="support")
    sent = {"label": "x", "owner": "y", "profile": "suport"}
    refused = operator.post("/api/v1/keys/", sent, JSON)
    assert 'Did you mean "support"?' in refused.json()["profile"][0]
    made = operator.post("/api/v1/keys/", sent | {"profile": "support"}, JSON).json()
    call_command("create_api_key", "z", "--owner", "y", "--profile", "support", "--quiet")
    assert (made["profile"], ApiKey.objects.filter(profile_id="support").count()) == ("support", 2)
    freed = operator.patch(f"/api/v1/keys/{made['id']}/", {"profile": None}, JSON)
    assert freed.json()["profile"] is None


@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        ({"allowed_provider": ["echo"]}, "allowed_provider", 'Did you mean "allowed_providers"?'),
        ({"rpm": 5}, "rpm", 'Did you mean "requests_per_minute"?'),
        ({"state": "usable"}, "state", "cannot be set"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at", "in the past"),
    ],
)
def test_rest_makes_no_key_of_a_field_without_effect(
    operator: Client, sent: dict[str, Any], field: str, said: str
) -> None:
    answer = operator.post("/api/v1/keys/", {"label": "x", "owner": "y"} | sent, JSON)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert said in answer.json()[field][0]
    assert not ApiKey.objects.exists()


def test_rest_takes_back_what_it_gave_and_no_other_state(operator: Client) -> None:
    path = f"/api/v1/keys/{ApiKey.objects.issue('a', 'b')[0].pk}/"
    document = operator.get(path).json()
    assert operator.put(path, document, JSON).status_code == 200
    refused = operator.patch(path, {"revoked_at": "2026-01-01T00:00:00Z"}, JSON)
    assert "cannot be changed" in refused.json()["revoked_at"][0]


@pytest.mark.parametrize("number", ["999", "abc"])
def test_rest_tells_which_key_is_not_there(operator: Client, number: str) -> None:
    detail = operator.get(f"/api/v1/keys/{number}/").json()["detail"]
    assert detail == f'No API key has the id "{number}".'


def test_rest_patches_one_field(operator: Client) -> None:
    key, _ = ApiKey.objects.issue("a", "b")
    path = f"/api/v1/keys/{key.pk}/"
    operator.patch(path, {"requests_per_minute": 5}, JSON)
    key.refresh_from_db()
    assert (key.requests_per_minute, key.label) == (5, "a")


def test_revoking_twice_keeps_the_first_time(operator: Client) -> None:
    key, _ = ApiKey.objects.issue("a", "b")
    first = operator.post(f"/api/v1/keys/{key.pk}/revoke/").json()
    second = operator.post(f"/api/v1/keys/{key.pk}/revoke/").json()
    assert first["state"] == second["state"] == "revoked"
    assert first["revoked_at"] == second["revoked_at"]


def test_the_admin_shows_a_new_key_once(operator: Client) -> None:
    form = {"label": "a", "owner": "b", "clearance": "internal", "allowed_providers": ""}
    page = operator.post("/admin/gateway/apikey/add/", form, follow=True).content.decode()
    (token,) = re.findall(r"<code>(lh_[\w-]+)</code>", page)
    assert ApiKey.objects.get().digest == digest(token)
    assert token not in operator.get("/admin/gateway/apikey/").content.decode()


def test_the_admins_action_counts_what_it_revoked(operator: Client) -> None:
    keys = [ApiKey.objects.issue(str(n), "b")[0] for n in range(3)]
    ApiKey.objects.filter(pk=keys[0].pk).revoke()
    form = {"action": "revoke", "_selected_action": [key.pk for key in keys]}
    page = operator.post("/admin/gateway/apikey/", form, follow=True).content.decode()
    assert "2 of 3 keys revoked. 1 were revoked before." in page


def test_the_list_can_be_asked_which_keys_are_usable(operator: Client) -> None:
    ApiKey.objects.issue("alive", "b")
    dead, _ = ApiKey.objects.issue("forbidden", "b")
    ApiKey.objects.filter(pk=dead.pk).revoke()
    page = operator.get("/admin/gateway/apikey/?state=usable").content.decode()
    assert "alive" in page
    assert "forbidden" not in page


def test_the_command_prints_the_key_and_nothing_else_when_quiet(
    db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("create_api_key", "a", "--owner", "b", "--quiet", "--rpm", "9", "--days", "2")
    key = ApiKey.objects.get()
    assert digest(capsys.readouterr().out.strip()) == key.digest
    assert key.requests_per_minute == 9
    assert key.expires_at is not None


def test_the_command_says_what_does_not_fit_and_makes_nothing(db: None) -> None:
    Provider.objects.create(name="echo", kind="echo", base_url="http://localhost")
    with pytest.raises(CommandError, match=r"No provider is named nope\. There are: echo"):
        call_command("create_api_key", "a", "--owner", "b", "--providers", "nope")
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"label": "a", "owner": "b", "clearance": "\\ud800"}', b"{", b"[]"]
)
def test_rest_answers_a_body_that_cannot_be_read_with_a_400(operator: Client, body: bytes) -> None:
    answer = operator.post("/api/v1/keys/", body, JSON)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
