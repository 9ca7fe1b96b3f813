"""A profile's revisions by REST, and what differs between two of them."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from profiles import revisions
from tests.profiles.rest import CHANGE, KINDS, activated, made, send, url

pytestmark = pytest.mark.django_db
HERE = url("execution", "fast")


def saved(api: APIClient, *documents: dict[str, Any]) -> None:
    """The profile fast at revision 1, and one more for each document."""
    with revisions.acting("ana", "admin"):
        made()
    for document in documents:
        assert send(api, "PATCH", HERE, document).status_code == 200


def test_revisions_are_listed_newest_first_with_who_made_them(api: APIClient) -> None:
    saved(api, {"top_k": 1}, {"top_k": 2})
    found = api.get(f"{HERE}revisions/").json()
    assert found["count"] == 3
    assert [(r["number"], r["event"], r["who"], r["via"]) for r in found["results"]] == [
        (3, "changed", "person", "rest"),
        (2, "changed", "person", "rest"),
        (1, "created", "ana", "admin"),
    ]


def test_revisions_come_in_pages(api: APIClient) -> None:
    saved(api, {"top_k": 1}, {"top_k": 2})
    found = api.get(f"{HERE}revisions/?page_size=2&page=2").json()["results"]
    assert [row["number"] for row in found] == [1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_revision_keeps_its_values(api: APIClient, kind: str) -> None:
    profile = made(kind)
    send(api, "PATCH", url(kind, "fast"), CHANGE[kind])
    found = api.get(url(kind, "fast", "revisions", 1)).json()
    assert (found["number"], found["values"]) == (1, profile.values)


@pytest.mark.parametrize("number", ["9", "0", "999999999", "9" * 30, "x"])
def test_a_revision_that_is_not_there_is_a_404(api: APIClient, number: str) -> None:
    made()
    assert api.get(url("execution", "fast", "revisions", number)).status_code == 404


def test_the_404_of_a_revision_names_those_there_are(api: APIClient) -> None:
    saved(api, {"top_k": 1})
    assert "Its revisions: 1, 2." in api.get(f"{HERE}revisions/7/").json()["detail"]


@pytest.mark.parametrize(
    ("query", "numbers", "before", "after"),
    [
        ("", (2, 3), 1, 2),
        ("from=live&to=draft", (2, 3), 1, 2),
        ("from=1&to=3", (1, 3), None, 2),
        ("from=3&to=1", (3, 1), 2, None),
        ("from=1&to=live", (1, 2), None, 1),
        ("from=draft&to=1", (3, 1), 2, None),
    ],
)
def test_any_two_states_are_compared(
    api: APIClient, query: str, numbers: tuple[int, int], before: Any, after: Any
) -> None:
    saved(api, {"top_k": 1})
    profile = activated(_stored())
    send(api, "PATCH", url("execution", profile.name), {"top_k": 2})
    found = api.get(f"{HERE}diff/?{query}").json()
    assert (found["from"], found["to"]) == numbers
    assert found["changes"] == [{"field": "top_k", "before": before, "after": after}]


def test_before_any_activation_every_field_is_a_change(api: APIClient) -> None:
    profile = made()
    found = api.get(f"{HERE}diff/").json()
    assert (found["from"], found["to"]) == (None, 1)
    assert [change["field"] for change in found["changes"]] == list(profile.own_fields())


@pytest.mark.parametrize(
    ("query", "status"),
    [("from=7", 404), ("to=7", 404), ("from=old", 400), ("to=-1", 400), ("to=", 400)],
)
def test_a_state_that_is_not_there_is_told(api: APIClient, query: str, status: int) -> None:
    made()
    assert api.get(f"{HERE}diff/?{query}").status_code == status


def _stored() -> Any:
    from profiles.models import ExecutionProfile

    return ExecutionProfile.objects.get()
