"""The registry by REST: for staff with the permission, field by field, nothing half written."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from providers import sync
from providers.models import Listing, Provider, Source
from tests.providers.conftest import KEY, Shelf
from tests.providers.rest import URL, client_of, send
from tests.providers.test_models import made
from tests.upstreams.base import Answer, UpstreamServer

pytestmark = pytest.mark.django_db

# --- who may ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", URL, "view"),
        ("HEAD", URL, "view"),
        ("OPTIONS", URL, "view"),
        ("GET", f"{URL}corp/", "view"),
        ("GET", f"{URL}corp/models/", "view"),
        ("POST", URL, "add"),
        ("PUT", f"{URL}corp/", "change"),
        ("PATCH", f"{URL}corp/", "change"),
        ("DELETE", f"{URL}corp/", "delete"),
        ("POST", f"{URL}corp/check/", "change"),
    ],
)
def test_each_route_needs_its_own_permission(
    shelf: Shelf, method: str, path: str, needed: str
) -> None:
    made()
    others = {"view", "add", "change", "delete"} - {needed}
    assert send(client_of(*others), method, path, {}).status_code == 403
    User.objects.all().delete()
    assert send(client_of(needed), method, path, {}).status_code not in (401, 403)
    User.objects.all().delete()
    assert send(client_of(needed, staff=False), method, path, {}).status_code == 403
    assert send(APIClient(), method, path, {}).status_code in (401, 403)


def test_reading_the_list_anew_needs_the_permission_to_change(shelf: Shelf) -> None:
    made()
    assert client_of("view").get(f"{URL}corp/models/?refresh=1").status_code == 403


# --- reading ---------------------------------------------------------------


def test_a_provider_is_shown_with_how_it_stands(api: APIClient) -> None:
    made("corp", kind="openai_compatible", base_url="https://api.example.com", auth="CORP_KEY")
    shown = api.get(f"{URL}corp/").json()
    assert (shown["source"], shown["drift"], shown["last_check"]) == ("admin", [], None)
    assert shown["secret_status"]["state"] == "missing"
    assert {p["field"]: p["origin"] for p in shown["provenance"]}["auth"] == "admin"


def test_drift_is_shown_with_what_the_file_says(synced: Shelf) -> None:
    Provider.objects.filter(name="corp").update(idle_timeout=99)
    shown = client_of("view").get(f"{URL}corp/").json()
    entry = next(p for p in shown["provenance"] if p["field"] == "idle_timeout")
    assert shown["drift"] == ["idle_timeout"]
    expected = {"value": 99, "origin": "admin", "drift": True, "declared": 30}
    assert entry == expected | {"field": "idle_timeout"}


def test_the_last_check_is_summed_up(api: APIClient) -> None:
    Listing.objects.create(provider=made(), models=[{"id": "a"}], error="no")
    shown = api.get(f"{URL}corp/").json()["last_check"]
    assert (shown["models"], shown["error"]) == (1, "no")


def test_no_answer_holds_a_secret(server: UpstreamServer) -> None:
    made("corp", kind="openai_compatible", base_url=server.url, auth="CORP_KEY")
    client = client_of("view", "change")
    server.next(Answer.of({"error": {"message": f"bad {KEY}"}}, status=401))
    answers = [client.post(f"{URL}corp/check/"), client.get(f"{URL}corp/"), client.get(URL)]
    assert all(KEY not in answer.content.decode() for answer in answers)


def test_a_list_takes_the_same_few_queries_however_long(
    api: APIClient, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        Listing.objects.create(provider=made(f"p{number}"))
    with django_assert_max_num_queries(6):
        assert api.get(URL).json()["count"] == 8


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name=off", ["off"]),
        ("kind=ollama", ["local"]),
        ("enabled=false", ["off"]),
        ("unattended=true", ["local", "off"]),
        ("source=file", ["filed"]),
        ("clearance=restricted", ["local"]),
        ("search=11434", ["local"]),
        ("ordering=-name", ["off", "local", "filed"]),
        ("page_size=1&page=2&format=json", ["local"]),
    ],
)
def test_a_list_is_filtered_searched_ordered_and_paged(
    api: APIClient, query: str, names: list[str]
) -> None:
    made("local", kind="ollama", clearance="restricted")
    made("off", enabled=False)
    made("filed", unattended=False)
    Provider.objects.filter(name="filed").update(source=Source.FILE)
    assert [row["name"] for row in api.get(f"{URL}?{query}").json()["results"]] == names


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("kind=ollma", 'There is no "ollma". Did you mean "ollama"?'),
        ("source=y", "Known are: file, admin."),
        ("enabled=maybe", "Write true or false."),
        ("enabled=true&enabled=false", "given twice"),
        ("enabled=", "It has no value."),
        ("name=%00", "Null characters"),
        ("nosuch=1", "There is no such query parameter here. Known are: name, kind"),
        ("enabeld=true", 'Did you mean "enabled"?'),
        ("ordering=-nmae", 'cannot be ordered by "nmae" here. Did you mean "name"?'),
        ("page_size=-1", "from 1 to 500"),
        ("page_size=501", "from 1 to 500"),
        ("page=x", "Write a number from 1"),
    ],
)
def test_what_a_list_cannot_do_is_a_400_that_names_the_parameter(
    api: APIClient, query: str, said: str
) -> None:
    response = api.get(f"{URL}?{query}")
    assert response.status_code == 400
    assert list(response.json()) == [query.partition("=")[0]]
    assert said in response.json()[query.partition("=")[0]][0]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "?enabled=true"), ("POST", "check/?page=1"), ("GET", "models/?refresh=maybe")],
)
def test_one_row_takes_its_own_parameters_only(api: APIClient, method: str, path: str) -> None:
    made()
    assert api.generic(method, f"{URL}corp/{path}").status_code == 400


@pytest.mark.parametrize("path", ["nobody/", "nobody/models/", "%00/", "Corp/", "../x/"])
def test_an_unknown_name_is_a_404(api: APIClient, path: str) -> None:
    assert api.get(URL + path).status_code == 404


@pytest.mark.parametrize("name", ["crop", "Corp", "corp%00"])
def test_an_unknown_name_is_told_with_the_nearest(api: APIClient, name: str) -> None:
    made("corp")
    detail = api.get(f"{URL}{name}/").json()["detail"]
    assert detail == f'No provider is named "{name.removesuffix("%00")}". Did you mean "corp"?'


# --- check and models ------------------------------------------------------


def test_check_tells_each_step_and_keeps_the_models(server: UpstreamServer) -> None:
    made("corp", kind="openai_compatible", base_url=server.url, auth="CORP_KEY")
    client = client_of("view", "change")
    server.next(Answer.of({"data": [{"id": "big"}]}))
    report = client.post(f"{URL}corp/check/").json()
    assert (report["ok"], report["error"]) == (True, "")
    assert [step["result"] for step in report["steps"]] == ["ok", "ok", "ok", "skipped"]
    assert client.get(f"{URL}corp/models/").json()["models"] == [
        {"id": "big", "context_length": None, "max_output": None, "capabilities": []}
    ]


def test_a_failed_check_is_a_report(server: UpstreamServer) -> None:
    made("corp", kind="openai_compatible", base_url=server.url, auth="CORP_KEY")
    server.next(Answer.of({"error": {"message": "no"}}, status=401))
    response = client_of("change").post(f"{URL}corp/check/")
    assert (response.status_code, response.json()["ok"]) == (200, False)


def test_models_are_read_anew_only_when_asked(server: UpstreamServer) -> None:
    made("corp", kind="openai_compatible", base_url=server.url, auth="CORP_KEY")
    client = client_of("view", "change")
    assert client.get(f"{URL}corp/models/").json()["models"] == []
    server.next(Answer.of({"data": [{"id": "big"}]}))
    assert len(client.get(f"{URL}corp/models/?refresh=1").json()["models"]) == 1
    assert len(server.ledger) == 1


def test_a_provider_made_by_rest_is_left_alone_by_a_sync(api: APIClient, shelf: Shelf) -> None:
    send(api, "POST", URL, {"name": "x", "kind": "echo"})
    sync.apply([], prune=True)
    assert Provider.objects.get().name == "x"
