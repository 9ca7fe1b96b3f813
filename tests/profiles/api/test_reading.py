"""Profiles by REST, as they are read: by name, in lists, and with what is not live."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from profiles.kinds import model_of
from tests.profiles.rest import CHANGE, KINDS, activated, client_of, made, send, url
from tests.providers.test_models import made as provider

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", KINDS)
def test_a_profile_is_shown_with_every_own_field_and_how_it_stands(
    api: APIClient, kind: str
) -> None:
    profile = made(kind)
    shown = api.get(url(kind, "fast")).json()
    assert {name: shown[name] for name in profile.own_fields()} == profile.values
    assert (shown["revision"], shown["activated_revision"], shown["live"]) == (1, None, False)
    assert shown["standing"] == "draft, never activated"


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_of_a_live_profile_is_shown_as_not_live(api: APIClient, kind: str) -> None:
    activated(made(kind), live=True)
    shown = send(api, "PATCH", url(kind, "fast"), CHANGE[kind]).json()
    ((field, after),) = CHANGE[kind].items()
    before = getattr(model_of(kind)(), field)
    assert shown["changes_not_live"] == [{"field": field, "before": before, "after": after}]
    assert shown["standing"] == "live at revision 1, 1 change not live"


@pytest.mark.parametrize("kind", KINDS)
def test_options_tell_the_fields(api: APIClient, kind: str) -> None:
    told = api.options(url(kind)).json()["actions"]["POST"]
    assert set(model_of(kind).own_fields()) <= set(told)


def test_references_are_names(api: APIClient) -> None:
    provider("corp")
    made("memory", "long")
    made(provider_id="corp", memory_id="long")
    shown = api.get(url("execution", "fast")).json()
    assert (shown["provider"], shown["memory"], shown["ladder"]) == ("corp", "long", None)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("live=true", ["live"]),
        ("owner=ops", ["draft"]),
        ("provider=corp", ["edited"]),
        ("reasoning_effort=low", ["live"]),
        ("activated=true", ["edited", "live"]),
        ("activated=false", ["draft"]),
        ("drafted=true", ["edited"]),
        ("drafted=false", ["draft", "live"]),
        ("search=quick", ["draft"]),
        ("ordering=-name", ["live", "edited", "draft"]),
        ("page_size=1&page=2", ["edited"]),
    ],
)
def test_a_list_is_filtered_searched_ordered_and_paged(
    api: APIClient, query: str, names: list[str]
) -> None:
    provider("corp")
    made(name="draft", owner="ops", description="quick answers")
    activated(made(name="live", reasoning_effort="low"), live=True)
    edited = activated(made(name="edited"))
    type(edited).objects.filter(pk=edited.pk).update(provider_id="corp")
    found = api.get(f"{url('execution')}?{query}").json()["results"]
    assert [row["name"] for row in found] == names


@pytest.mark.parametrize("query", ["provider=nobody", "reasoning_effort=hihg", "owner=%00"])
def test_a_filter_that_cannot_match_is_a_400(api: APIClient, query: str) -> None:
    response = api.get(f"{url('execution')}?{query}")
    assert (response.status_code, list(response.json())) == (400, [query.partition("=")[0]])


def test_a_list_takes_the_same_few_queries_however_long(
    api: APIClient, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        profile = activated(made(name=f"p{number}"))
        type(profile).objects.filter(pk=profile.pk).update(top_k=3)
    with django_assert_max_num_queries(7):
        rows = api.get(url("execution")).json()["results"]
    assert {row["standing"] for row in rows} == {
        "activated, not live at revision 1, 1 change not live"
    }


@pytest.mark.parametrize("name", ["nobody", "%00", "Fast", "../x"])
def test_an_unknown_name_is_a_404(api: APIClient, name: str) -> None:
    assert api.get(url("execution", name)).status_code == 404


def test_the_404_names_the_nearest_one(api: APIClient) -> None:
    made()
    told = api.get(url("execution", "fats")).json()["detail"]
    assert told == 'There is no execution profile "fats". Did you mean "fast"?'


@pytest.mark.parametrize(
    ("method", "rest", "needed"),
    [
        ("GET", (), "view"),
        ("GET", ("fast",), "view"),
        ("GET", ("fast", "revisions"), "view"),
        ("GET", ("fast", "diff"), "view"),
        ("POST", (), "add"),
        ("PUT", ("fast",), "change"),
        ("PATCH", ("fast",), "change"),
        ("DELETE", ("fast",), "delete"),
        ("POST", ("fast", "activate"), "change"),
    ],
)
def test_each_route_needs_its_own_permission(
    db: None, method: str, rest: tuple[str, ...], needed: str
) -> None:
    made("memory")
    others = [f"{p}_memoryprofile" for p in ("view", "add", "change", "delete") if p != needed]
    client = client_of(*others, f"{needed}_retrievalprofile")
    assert send(client, method, url("memory", *rest), {}).status_code == 403
