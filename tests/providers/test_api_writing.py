"""What is written by REST is checked whole, in the registry's own words, or not written."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from providers.models import Provider, Source
from tests.providers.conftest import Shelf
from tests.providers.rest import URL, client_of, send
from tests.providers.test_models import made

pytestmark = pytest.mark.django_db


def refused(client: APIClient, document: Any, method: str = "POST", path: str = URL) -> Any:
    """The errors by field. Fails the test when it was not a 400, or when a row was made."""
    before = list(Provider.objects.values())
    response = send(client, method, path, document)
    assert response.status_code == 400, response.content
    assert list(Provider.objects.values()) == before
    return response.json()


def test_a_provider_of_a_known_kind_needs_a_name_and_a_kind(api: APIClient) -> None:
    response = send(api, "POST", URL, {"name": "local", "kind": "ollama"})
    assert response.status_code == 201
    assert response.json()["base_url"] == "http://localhost:11434"
    assert Provider.objects.get().source == Source.ADMIN


def test_values_are_stored_in_one_spelling(api: APIClient) -> None:
    document = {"name": "x", "kind": "ollama", "base_url": "HTTP://Host:1/", "auth": "none"}
    shown = send(api, "POST", URL, document).json()
    assert (shown["base_url"], shown["auth"]) == ("http://host:1", "")


def test_put_sets_what_is_left_out_back_to_the_kinds_default(api: APIClient) -> None:
    made(default_model="m", enabled=False)
    response = send(api, "PUT", f"{URL}corp/", {"name": "corp", "kind": "echo"})
    assert response.status_code == 200
    assert (response.json()["default_model"], response.json()["enabled"]) == ("echo", True)


def test_what_was_read_can_be_sent_back_again_and_again(api: APIClient) -> None:
    made()
    document = api.get(f"{URL}corp/").json()
    for enabled in (False, True):
        answer = send(api, "PUT", f"{URL}corp/", document | {"enabled": enabled})
        assert (answer.status_code, answer.json()["enabled"]) == (200, enabled)


def test_what_is_read_only_cannot_be_changed(api: APIClient) -> None:
    made()
    errors = refused(api, {"source": "file"}, "PATCH", f"{URL}corp/")
    assert "cannot be changed" in errors["source"][0]


def test_patch_changes_what_it_names_and_nothing_else(api: APIClient) -> None:
    made(default_model="m")
    response = send(api, "PATCH", f"{URL}corp/", {"idle_timeout": 5})
    assert (response.status_code, response.json()["default_model"]) == (200, "m")
    assert Provider.objects.get().idle_timeout == 5


def test_a_patch_of_a_file_owned_provider_is_drift(synced: Shelf) -> None:
    response = send(client_of("change"), "PATCH", f"{URL}corp/", {"enabled": False})
    assert response.json()["drift"] == ["enabled"]


def test_delete_deletes(api: APIClient) -> None:
    made()
    assert api.delete(f"{URL}corp/").status_code == 204
    assert not Provider.objects.exists()


@pytest.mark.parametrize(
    ("document", "field", "said"),
    [
        ({"kind": "echo"}, "name", "required"),
        ({"name": "x"}, "kind", "required"),
        ({"name": "x", "kind": "ech"}, "kind", 'Did you mean "echo"?'),
        ({"name": "x", "kind": ["echo"]}, "kind", '"echo"?'),
        ({"name": "x", "kind": "\ud800"}, "kind", "kind holds a NUL or half"),
        ({"name": "X", "kind": "echo"}, "name", "lower-case"),
        ({"name": "\ud800", "kind": "echo"}, "name", "name holds a NUL or half"),
        ({"name": "a\0", "kind": "echo"}, "name", "name holds a NUL or half"),
        ({"name": "taken", "kind": "echo"}, "name", "already exists"),
        ({"name": "x", "kind": "echo", "clearance": "secrte"}, "clearance", "Known are: public"),
        ({"name": "x", "kind": "echo", "url": "http://x"}, "url", 'Did you mean "base_url"?'),
        (
            {"name": "x", "kind": "echo", "\ud800": 1},
            "non_field_errors",
            "A name in it holds a NUL",
        ),
        ({"name": "x", "kind": "echo", "source": "file"}, "source", "cannot be set"),
        ({"name": "x", "kind": "echo", "base_url": "http://a@b"}, "base_url", "user name"),
        ({"name": "x", "kind": "echo", "auth": "sk-canary-1234"}, "auth", "names a secret"),
        ({"name": "x", "kind": "echo", "total_timeout": 0}, "total_timeout", "above 0"),
        ({"name": "x", "kind": "echo", "total_timeout": "NaN"}, "total_timeout", "valid number"),
        ({"name": "x", "kind": "echo", "total_timeout": "soon"}, "total_timeout", "number"),
        ({"name": "x", "kind": "echo", "enabled": 5}, "enabled", "boolean"),
        ({"name": "x", "kind": "echo", "enabled": None}, "enabled", "null"),
        ({"name": "x", "kind": "echo", "max_concurrency": 10**30}, "max_concurrency", "less than"),
        ({"name": "x", "kind": "echo", "headers": {"X": 1}}, "headers", "one line"),
        ({"name": "x", "kind": "echo", "headers": []}, "headers", "is an object"),
        ({"name": "x", "kind": "echo", "headers": None}, "headers", "null"),
        ({"name": "x", "kind": "echo", "options": {"dely": 1}}, "options", '"delay"?'),
        (
            {"name": "x", "kind": "echo", "options": {"fail": "\0"}},
            "options",
            "options.fail holds a",
        ),
        ({"name": "x", "kind": "echo", "options": [["\0"]]}, "options", "options[0][0] holds a"),
        ({"name": "x", "kind": "echo", "options": {"\ud800": 1}}, "options", "A name in it holds"),
        ({"name": "x", "kind": "kimi", "unattended": True}, "unattended", "interactive"),
        ({"name": "x", "kind": "openai_compatible"}, "base_url", "blank"),
        ([], "non_field_errors", "dictionary"),
    ],
)
def test_a_bad_document_is_a_400_that_names_the_field(
    api: APIClient, document: Any, field: str, said: str
) -> None:
    made("taken")
    errors = refused(api, document)
    assert list(errors) == [field]
    assert said in errors[field][0]
    assert "canary" not in str(errors)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b'{"name":"x","kind":"echo","options":' + b'{"a":' * 900 + b"1" + b"}" * 901,
        b'{"name": NaN}',
        b'{"max_concurrency": ' + b"9" * 5000 + b"}",
        b"\xff\xfe",
    ],
)
def test_a_body_that_is_no_json_document_is_a_400(api: APIClient, body: bytes) -> None:
    refused(api, body)


def test_a_form_is_not_taken_for_a_document(api: APIClient) -> None:
    assert api.post(URL, {"name": "x"}, format="multipart").status_code == 415


def test_a_provider_keeps_its_name(api: APIClient) -> None:
    made()
    errors = refused(api, {"name": "other"}, "PATCH", f"{URL}corp/")
    assert "keeps its name" in errors["name"][0]


def test_a_patch_is_checked_against_the_row_as_it_is(api: APIClient) -> None:
    made("k", kind="kimi")
    errors = refused(api, {"unattended": True}, "PATCH", f"{URL}k/")
    assert "interactive use only" in errors["unattended"][0]


def test_a_kind_does_not_change_under_options_of_another(api: APIClient) -> None:
    made(options={"delay": 1})
    errors = refused(api, {"kind": "claude"}, "PATCH", f"{URL}corp/")
    assert 'options has no "delay"' in errors["options"][0]


def test_a_name_made_at_the_same_moment_is_a_400(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made()
    monkeypatch.setattr("rest_framework.validators.qs_exists", lambda _queryset: False)
    assert "same moment" in refused(api, {"name": "corp", "kind": "echo"})["name"][0]
