"""Activations by REST: asked for, followed, cancelled and rolled back."""

from typing import Any

import pytest
from django.db.models.functions import Now
from rest_framework.test import APIClient

from profiles.activation import activate
from profiles.activation.run import run
from profiles.models import Activation
from tests.profiles.rest import KINDS, client_of, made, send, url
from tests.providers.test_models import made as provider

pytestmark = pytest.mark.django_db
HERE = url("execution", "fast", "activate")
URL = "/api/v1/activations/"
ABSENT = f"{URL}00000000-0000-0000-0000-000000000000/"


def asked(kind: str = "execution", name: str = "fast", who: str = "ana") -> Activation:
    made(kind, name)
    return activate.request(kind, name, who=who, via="admin")


def ended(state: str = "succeeded", **more: Any) -> Activation:
    """The activation of fast as its runner would leave it."""
    activation = asked(**more)
    Activation.objects.filter(pk=activation.pk).update(
        state=state,
        finished_at=Now(),
        steps=[{"name": "flip", "result": "ok", "detail": "Live.", "milliseconds": 3}],
    )
    activation.refresh_from_db()
    return activation


# --- asking ------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_activating_is_a_202_that_says_where_to_look(api: APIClient, kind: str) -> None:
    made(kind)
    response = send(api, "POST", url(kind, "fast", "activate"), {})
    shown = response.json()
    assert (response.status_code, response["Location"]) == (202, shown["url"])
    assert api.get(shown["url"]).json() == shown
    assert (shown["profile"], shown["revision"], shown["state"]) == ("fast", 1, "pending")
    assert (shown["requested_by"], shown["requested_via"]) == ("person", "rest")


def test_a_body_may_be_left_out(api: APIClient) -> None:
    made()
    assert api.post(HERE).status_code == 202


def test_an_earlier_revision_can_be_named(api: APIClient) -> None:
    made()
    send(api, "PATCH", url("execution", "fast"), {"top_k": 3})
    assert send(api, "POST", HERE, {"revision": 1}).json()["revision"] == 1


def test_a_second_one_is_a_409_with_who_since_when_and_where(api: APIClient) -> None:
    first = asked()
    response = send(api, "POST", HERE, {})
    shown = response.json()
    assert response.status_code == 409
    assert "ana asked for revision 1" in shown["detail"]
    assert shown["activation"]["url"] == f"{URL}{first.pk}/"
    assert shown["activation"]["requested_by"] == "ana"
    assert shown["activation"]["started_at"] is None


@pytest.mark.parametrize(
    ("path", "document", "status", "said"),
    [
        (HERE, {"revision": 7}, 404, "Its revisions: 1."),
        (url("execution", "nobody", "activate"), {}, 404, "There is no execution profile"),
        (HERE, {"revision": 0}, 400, "revision"),
        (HERE, {"revision": 2**31}, 400, "revision"),
        (HERE, {"revision": "x"}, 400, "revision"),
        (HERE, {"revison": 1}, 400, 'Did you mean \\"revision\\"?'),
        (HERE, [], 400, "dictionary"),
        (f"{HERE}?wait=61", {}, 400, "0 to 60"),
        (f"{HERE}?wait=nan", {}, 400, "0 to 60"),
        (f"{HERE}?wait=soon", {}, 400, "0 to 60"),
        (f"{HERE}?dry_run=maybe", {}, 400, "true or false"),
    ],
)
def test_what_cannot_be_asked_for_is_told(
    api: APIClient, path: str, document: Any, status: int, said: str
) -> None:
    made()
    response = send(api, "POST", path, document)
    assert response.status_code == status
    assert said in response.content.decode()
    assert not Activation.objects.exists()


def test_waiting_ends_with_what_there_is_by_then(api: APIClient) -> None:
    made()
    response = send(api, "POST", f"{HERE}?wait=0.01", {})
    assert (response.status_code, response.json()["state"]) == (202, "pending")


def test_a_dry_run_tells_each_step_and_stores_nothing(api: APIClient) -> None:
    made(provider=provider())
    shown = send(api, "POST", f"{HERE}?dry_run=true", {}).json()
    assert shown["ok"]
    assert {step["result"] for step in shown["steps"]} <= {"ok", "skipped"}
    assert not Activation.objects.exists()


def test_a_dry_run_that_fails_is_a_200_that_says_why(api: APIClient) -> None:
    made(provider=provider(enabled=False))
    response = send(api, "POST", f"{HERE}?dry_run=1", {})
    assert (response.status_code, response.json()["ok"]) == (200, False)
    assert response.json()["steps"][-1]["result"] == "failed"


def test_what_was_asked_for_by_rest_runs_and_is_shown_as_it_ended(api: APIClient) -> None:
    made(provider=provider())
    there = send(api, "POST", HERE, {}).json()
    run(there["id"])
    shown = api.get(there["url"]).json()
    assert (shown["state"], shown["steps"][-1]["result"]) == ("succeeded", "ok")
    assert api.get(url("execution", "fast")).json()["standing"] == "live at revision 1"


# --- reading -----------------------------------------------------------------


def test_an_activation_is_shown_with_its_steps(api: APIClient) -> None:
    activation = ended()
    shown = api.get(f"{URL}{activation.pk}/").json()
    expected = {"name": "flip", "result": "ok", "detail": "Live.", "milliseconds": 3}
    assert (shown["state"], shown["steps"]) == ("succeeded", [expected])


def test_a_pending_one_says_that_no_worker_is_running(api: APIClient) -> None:
    activation = asked()
    assert "manage.py worker" in api.get(f"{URL}{activation.pk}/").json()["waiting_for"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["last", "fast", "fast"]),
        ("kind=memory", ["fast"]),
        ("profile=last", ["last"]),
        ("state=succeeded", ["fast"]),
        ("requested_by=bob", ["last"]),
        ("page_size=1", ["last"]),
    ],
)
def test_activations_are_listed_newest_first_and_filtered(
    api: APIClient, query: str, names: list[str]
) -> None:
    asked()
    ended(kind="memory")
    asked(name="last", who="bob")
    found = api.get(f"{URL}?{query}").json()["results"]
    assert [row["profile"] for row in found] == names


def test_the_next_page_goes_on_where_the_last_ended(api: APIClient) -> None:
    for name in ("a", "b", "c"):
        asked(name=name)
    first = api.get(f"{URL}?page_size=2").json()
    asked(name="d")
    assert [row["profile"] for row in api.get(first["next"]).json()["results"]] == ["a"]


@pytest.mark.parametrize("query", ["kind=nothing", "state=done", "requested_at__gte=x"])
def test_a_filter_that_cannot_match_is_a_400(api: APIClient, query: str) -> None:
    assert api.get(f"{URL}?{query}").status_code == 400


@pytest.mark.parametrize("path", [ABSENT, f"{URL}7/", f"{URL}%00/"])
def test_an_unknown_one_is_a_404(api: APIClient, path: str) -> None:
    assert api.get(path).status_code == 404


# --- taking back -------------------------------------------------------------


def test_an_open_one_is_cancelled(api: APIClient) -> None:
    activation = asked()
    shown = api.post(f"{URL}{activation.pk}/cancel/").json()
    assert (shown["state"], shown["error"]) == ("cancelled", "person cancelled it.")


def test_one_that_has_ended_is_not_cancelled(api: APIClient) -> None:
    activation = ended()
    response = api.post(f"{URL}{activation.pk}/cancel/")
    assert response.status_code == 409
    assert "it has ended, as succeeded" in response.json()["detail"]


def test_rolling_back_activates_what_it_made_live(api: APIClient) -> None:
    activation = ended()
    send(api, "PATCH", url("execution", "fast"), {"top_k": 3})
    response = api.post(f"{URL}{activation.pk}/rollback/")
    shown = response.json()
    assert (response.status_code, response["Location"]) == (202, shown["url"])
    assert (shown["revision"], shown["rollback_to"]) == (1, str(activation.pk))


def test_what_made_nothing_live_is_not_rolled_back_to(api: APIClient) -> None:
    activation = ended("failed")
    response = api.post(f"{URL}{activation.pk}/rollback/")
    assert response.status_code == 409
    assert "made nothing live" in response.json()["detail"]


def test_rolling_back_while_another_is_open_is_a_409(api: APIClient) -> None:
    activation = ended()
    second = activate.request("execution", "fast", who="bob", via="rest")
    response = api.post(f"{URL}{activation.pk}/rollback/")
    assert response.status_code == 409
    assert response.json()["activation"]["id"] == str(second.pk)


# --- who may -----------------------------------------------------------------


@pytest.mark.parametrize("act", ["cancel", "rollback"])
@pytest.mark.parametrize(
    ("permission", "status"),
    [
        ("change_executionprofile", 200),
        ("change_memoryprofile", 403),
        ("view_activation", 403),
        ("change_activation", 403),
    ],
)
def test_an_act_needs_the_permission_to_change_profiles_of_the_kind(
    db: None, act: str, permission: str, status: int
) -> None:
    activation = ended() if act == "rollback" else asked()
    found = client_of(permission).post(f"{URL}{activation.pk}/{act}/").status_code
    assert found == {200: 202 if act == "rollback" else 200}.get(status, status)


def test_an_act_needs_somebody_of_the_staff(db: None) -> None:
    client = client_of("change_executionprofile", staff=False)
    assert client.post(f"{URL}{asked().pk}/cancel/").status_code == 403
    assert APIClient().post(f"{ABSENT}cancel/").status_code in (401, 403)
