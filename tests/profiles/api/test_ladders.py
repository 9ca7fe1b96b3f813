"""Ladders by REST: written whole with their rungs, in order, or not at all."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from profiles.api.ladders import RungSerializer
from profiles.models import ExecutionProfile, Ladder, Rung
from providers.models import Provider
from tests.profiles.rest import activated, made, meanwhile, send
from tests.providers.test_models import made as provider

pytestmark = pytest.mark.django_db
URL = "/api/v1/ladders/"
HERE = f"{URL}main/"
TWO = [{"provider": "corp", "model": "big"}, {"provider": "spare", "on_answers": ["empty"]}]


@pytest.fixture
def main(api: APIClient) -> Any:
    """The answer to having made the ladder main, of two rungs."""
    provider("corp")
    provider("spare")
    return send(api, "POST", URL, {"name": "main", "owner": "ops", "rungs": TWO})


def test_a_ladder_is_made_with_its_rungs_in_order(api: APIClient, main: Any) -> None:
    assert (main.status_code, main["Location"]) == (201, HERE)
    rest: dict[str, Any] = {"parameters": {}, "on_errors": []}
    assert api.get(HERE).json()["rungs"] == [
        {"provider": "corp", "model": "big", "on_answers": [], **rest},
        {"provider": "spare", "model": "", "on_answers": ["empty"], **rest},
    ]


def test_a_list_of_rungs_replaces_the_one_before(api: APIClient, main: Any) -> None:
    shown = send(api, "PATCH", HERE, {"rungs": TWO[::-1]}).json()
    assert [rung["provider"] for rung in shown["rungs"]] == ["spare", "corp"]
    assert shown["owner"] == "ops"


def test_a_patch_without_rungs_keeps_them(api: APIClient, main: Any) -> None:
    assert len(send(api, "PATCH", HERE, {"deadline_secs": 5}).json()["rungs"]) == 2


def test_put_sets_what_is_left_out_to_its_default(api: APIClient, main: Any) -> None:
    shown = send(api, "PUT", HERE, {"description": "new"}).json()
    assert (shown["owner"], shown["deadline_secs"], shown["rungs"]) == ("", 600, [])


def test_what_was_read_can_be_sent_back(api: APIClient, main: Any) -> None:
    before = api.get(HERE).json()
    shown = send(api, "PUT", HERE, before).json()
    assert shown | {"updated": ""} == before | {"updated": ""}


@pytest.mark.parametrize(
    ("rungs", "field", "said"),
    [
        (TWO[:1] * 10, "rungs", "at most 9 rungs; this one has 10"),
        ([{"provider": "corp"}, {"provider": "gated"}], "rungs[1].provider", "unattended"),
        ([{"provider": "corp", "on_errors": ["tmeout"]}], "rungs[0].on_errors", '"timeout"?'),
        ([{"provider": "corp", "model": "a\0"}], "rungs", "rungs[0].model holds a NUL"),
        ([[]], "rungs[0]", "A rung is an object"),
        (None, "rungs", "list"),
    ],
)
def test_a_bad_rung_is_a_400_that_names_its_place(
    api: APIClient, main: Any, rungs: Any, field: str, said: str
) -> None:
    provider("gated", unattended=False)
    response = send(api, "PATCH", HERE, {"owner": "other", "rungs": rungs})
    assert (response.status_code, list(response.json())) == (400, [field])
    assert said in response.json()[field][0]
    assert (Ladder.objects.get().owner, Rung.objects.count()) == ("ops", 2)


def test_a_provider_gated_at_the_same_moment_is_the_same_400(api: APIClient, main: Any) -> None:
    send(api, "PATCH", HERE, {"rungs": []})
    gate = Provider.objects.filter(name="spare")
    with meanwhile('INSERT INTO "profiles_rung"', lambda: gate.update(unattended=False)):
        response = send(api, "PATCH", HERE, {"rungs": TWO[1:]})
    assert response.status_code == 400
    assert "may not be called unattended" in response.json()["rungs[0].provider"][0]


def test_a_name_made_at_the_same_moment_is_a_400(api: APIClient) -> None:
    with meanwhile('INSERT INTO "profiles_ladder"', lambda: Ladder.objects.create(name="main")):
        response = send(api, "POST", URL, {"name": "main"})
    assert response.status_code == 400
    assert "same moment" in response.json()["name"][0]


def test_a_ladder_saved_since_it_was_read_is_a_412(api: APIClient, main: Any) -> None:
    read = main["ETag"]
    written = send(api, "PATCH", HERE, {"rungs": []}, If_Match=read)
    assert (written.status_code, written["ETag"] == read) == (200, False)
    for method in ("PATCH", "PUT", "DELETE"):
        assert send(api, method, HERE, {}, If_Match=read).status_code == 412
    assert api.get(HERE)["ETag"] == written["ETag"]


def test_a_ladder_that_a_profile_names_is_not_deleted(api: APIClient, main: Any) -> None:
    made(ladder_id="main")
    response = api.delete(HERE)
    assert response.status_code == 409
    assert "main is used by execution profile fast" in response.json()["detail"]


def test_a_ladder_of_an_activated_revision_is_not_deleted(api: APIClient, main: Any) -> None:
    activated(made(ladder_id="main"))
    ExecutionProfile.objects.update(ladder=None)
    response = api.delete(HERE)
    assert response.status_code == 409
    assert "the activated revision 1 of execution profile fast" in response.json()["detail"]


def test_delete_deletes_the_ladder_with_its_rungs(api: APIClient, main: Any) -> None:
    assert api.delete(HERE).status_code == 204
    assert not Rung.objects.exists()


@pytest.mark.parametrize(
    ("query", "names"),
    [("provider=spare", ["main"]), ("owner=x", []), ("search=mai", ["main"])],
)
def test_a_list_is_filtered_and_searched(
    api: APIClient, main: Any, query: str, names: list[str]
) -> None:
    Ladder.objects.create(name="empty")
    found = api.get(f"{URL}?{query}").json()["results"]
    assert [row["name"] for row in found] == names


def test_a_list_takes_the_same_few_queries_however_long(
    api: APIClient, main: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        ladder = Ladder.objects.create(name=f"l{number}")
        Rung.objects.create(ladder=ladder, position=1, provider_id="corp")
    with django_assert_max_num_queries(3):
        assert api.get(URL).json()["count"] == 6


def test_a_rung_whose_parameters_are_no_object_is_shown_as_it_is() -> None:
    assert RungSerializer(Rung(provider_id="echo", parameters=[])).data["parameters"] == []
