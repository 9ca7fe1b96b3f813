"""Profiles by REST, as they are written: checked whole, field by field, or not written."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from lakehouse.gateway.models import ApiKey
from profiles.kinds import model_of
from profiles.models import Activation, ExecutionProfile, RetrievalProfile
from tests.profiles.rest import CHANGE, KINDS, WRONG, activated, made, send, url

pytestmark = pytest.mark.django_db


def refused(client: APIClient, document: Any, kind: str = "execution") -> Any:
    """The errors by field. Fails the test when it was not a 400, or when a row was made."""
    response = send(client, "POST", url(kind), document)
    assert response.status_code == 400, response.content
    assert not model_of(kind).objects.filter(name="x").exists()
    return response.json()


@pytest.mark.parametrize("kind", KINDS)
def test_a_profile_needs_only_a_name(api: APIClient, kind: str) -> None:
    response = send(api, "POST", url(kind), {"name": "x"})
    assert (response.status_code, response["ETag"]) == (201, '"1"')
    assert response["Location"] == url(kind, "x")
    assert model_of(kind).objects.get().values == {**model_of(kind)().values, "name": "x"}


@pytest.mark.parametrize("kind", KINDS)
def test_who_wrote_it_is_kept(api: APIClient, kind: str) -> None:
    send(api, "POST", url(kind), {"name": "x"})
    send(api, "PATCH", url(kind, "x"), CHANGE[kind])
    assert [(r.number, r.who, r.via) for r in model_of(kind).objects.get().history] == [
        (2, "person", "rest"),
        (1, "person", "rest"),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_patch_changes_what_it_names_and_nothing_else(api: APIClient, kind: str) -> None:
    made(kind, owner="ops")
    shown = send(api, "PATCH", url(kind, "fast"), CHANGE[kind]).json()
    assert shown["owner"] == "ops"
    assert CHANGE[kind].items() <= shown.items()


@pytest.mark.parametrize("kind", KINDS)
def test_put_sets_what_is_left_out_to_its_default(api: APIClient, kind: str) -> None:
    made(kind, owner="ops", **CHANGE[kind])
    response = send(api, "PUT", url(kind, "fast"), {"description": "new"})
    assert response.status_code == 200
    expected = {**model_of(kind)().values, "name": "fast", "description": "new"}
    assert model_of(kind).objects.get().values == expected


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_read_can_be_sent_back_and_is_no_revision(api: APIClient, kind: str) -> None:
    activated(made(kind), live=True)
    document = api.get(url(kind, "fast")).json()
    response = send(api, "PUT", url(kind, "fast"), document)
    assert (response.status_code, response.json()["revision"]) == (200, 1)
    assert response.json()["live"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_out_of_range_is_a_400_under_its_field(api: APIClient, kind: str) -> None:
    errors = refused(api, {"name": "x", **WRONG[kind]}, kind)
    assert list(errors) == list(WRONG[kind])


@pytest.mark.parametrize(
    ("document", "field", "said"),
    [
        ({}, "name", "blank"),
        ({"name": "X"}, "name", "lower-case"),
        ({"name": "live"}, "name", "Choose another"),
        ({"name": "taken"}, "name", "already exists"),
        ({"name": "a\0"}, "name", "holds a NUL"),
        ({"name": ["x"]}, "name", "Write a text"),
        ({"name": None}, "name", "null"),
        ({"name": "x", "max_tokens": 5}, "max_tokens", 'Did you mean "max_output_tokens"?'),
        ({"name": "x", "temprature": 1}, "temprature", 'Did you mean "temperature"?'),
        ({"name": "x", "description": {"a": 1}}, "description", "Write a text"),
        ({"name": "x", "description": None}, "description", "null"),
        ({"name": "x", "system_prompt": "\ud800"}, "system_prompt", "half of a surrogate"),
        ({"name": "x", "owner": "o" * 101}, "owner", "at most 100"),
        ({"name": "x", "temperature": "hot"}, "temperature", "Write a number"),
        ({"name": "x", "temperature": True}, "temperature", "Write a number"),
        ({"name": "x", "temperature": [1]}, "temperature", "Write a number"),
        ({"name": "x", "temperature": 10**400}, "temperature", "Write a number"),
        ({"name": "x", "top_k": 2.5}, "top_k", "Write a whole number"),
        ({"name": "x", "top_k": 10**30}, "top_k", "from 1 to 100000"),
        ({"name": "x", "seed": 2**63}, "seed", "less than or equal"),
        ({"name": "x", "stop": "end"}, "stop", "list of texts"),
        ({"name": "x", "stop": [1]}, "stop", "Write a text"),
        ({"name": "x", "stop": None}, "stop", "null"),
        ({"name": "x", "stop": ["a"] * 17}, "stop", "at most 16"),
        ({"name": "x", "validators": ["jsn"]}, "validators", 'Did you mean "json"?'),
        ({"name": "x", "validators": ["json"] * 2}, "validators", "once"),
        ({"name": "x", "reasoning_effort": "hihg"}, "reasoning_effort", 'mean "high"?'),
        ({"name": "x", "provider": "nobody"}, "provider", "There is no provider"),
        ({"name": "x", "provider": ["corp"]}, "provider", "There is no provider"),
        ({"name": "x", "provider": 0}, "provider", "There is no provider"),
        ({"name": "x", "retrieval": "nobody"}, "retrieval", "There is no retrieval profile"),
        ([], "non_field_errors", "Write an object"),
        (None, "non_field_errors", "Write an object"),
    ],
)
def test_a_bad_document_is_a_400_that_names_the_field(
    api: APIClient, document: Any, field: str, said: str
) -> None:
    made(name="taken")
    errors = refused(api, document)
    assert list(errors) == [field]
    assert said in errors[field][0]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"name":"x","stop":' + b"[" * 40 + b"]" * 40 + b"}",
        b'{"name":"x","temperature":NaN}',
        b'{"name":"x","temperature":1e999}',
        b'{"name":"x","top_k":' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_cannot_be_stored_is_a_400(api: APIClient, body: bytes) -> None:
    refused(api, body)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [[[None]], {"a": [1]}, 10**400, ["a"], [], {}], ids=repr)
def test_no_field_takes_what_it_cannot_hold(api: APIClient, kind: str, value: Any) -> None:
    named = [name for name in made(kind).own_fields() if name not in ("stop", "validators")]
    response = send(api, "PUT", url(kind, "fast"), dict.fromkeys(named, value))
    assert response.status_code == 400
    assert set(response.json()) == set(named)


def test_several_faults_are_told_at_once(api: APIClient) -> None:
    errors = refused(api, {"name": "x", "temperature": 9, "top_p": "a", "oops": 1})
    assert set(errors) == {"temperature", "top_p", "oops"}


def test_a_profile_keeps_its_name(api: APIClient) -> None:
    made()
    errors = send(api, "PATCH", url("execution", "fast"), {"name": "other"}).json()
    assert "keeps its name" in errors["name"][0]


def test_what_activations_move_is_not_set_by_hand(api: APIClient) -> None:
    made()
    response = send(api, "PATCH", url("execution", "fast"), {"live": True})
    assert (response.status_code, list(response.json())) == (400, ["live"])


def test_an_empty_value_unsets_a_number(api: APIClient) -> None:
    made(temperature=1)
    assert send(api, "PATCH", url("execution", "fast"), {"temperature": None}).status_code == 200
    assert ExecutionProfile.objects.get().temperature is None


# --- deleting ----------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_delete_deletes_a_draft(api: APIClient, kind: str) -> None:
    made(kind)
    assert api.delete(url(kind, "fast")).status_code == 204
    assert not model_of(kind).objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_live_profile_is_not_deleted(api: APIClient, kind: str) -> None:
    activated(made(kind), live=True)
    response = api.delete(url(kind, "fast"))
    assert response.status_code == 409
    assert "Activate another first" in response.json()["detail"]


def test_a_companion_that_a_profile_names_is_not_deleted(api: APIClient) -> None:
    made("memory", "long")
    made(memory_id="long")
    response = api.delete(url("memory", "long"))
    assert response.status_code == 409
    assert "long is used by execution profile fast" in response.json()["detail"]


def test_a_profile_that_a_key_is_tied_to_is_not_deleted(api: APIClient) -> None:
    ApiKey.objects.issue("search-service", "ops", profile=made())
    response = api.delete(url("execution", "fast"))
    assert response.status_code == 409
    assert "fast is used by API key search-service" in response.json()["detail"]


def test_a_companion_of_an_activated_revision_is_not_deleted(api: APIClient) -> None:
    made("retrieval", "wide")
    profile = activated(made(retrieval_id="wide"))
    ExecutionProfile.objects.filter(pk=profile.pk).update(retrieval=None)
    response = api.delete(url("retrieval", "wide"))
    assert response.status_code == 409
    assert "the activated revision 1 of execution profile fast" in response.json()["detail"]
    assert RetrievalProfile.objects.exists()


def test_a_profile_that_is_being_activated_is_not_deleted(api: APIClient) -> None:
    made()
    Activation.objects.create(
        number=1, kind="execution", profile="fast", revision=1, requested_by="ana"
    )
    response = api.delete(url("execution", "fast"))
    assert response.status_code == 409
    assert "being activated" in response.json()["detail"]
