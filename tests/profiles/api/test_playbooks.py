"""/api/v1/playbooks/ and /api/v1/feedback/, for those who may see all and those who may not."""

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from profiles.models import Document, Playbook
from tests.profiles.making import provider
from tests.profiles.memory.knowing import document, playbook
from tests.profiles.memory.test_judging import say
from tests.profiles.rest import client_of, send

pytestmark = pytest.mark.django_db

HERE = "/api/v1/playbooks/"
GIVEN = {"title": "Reset", "task": "Reset a password", "steps": "Open it.", "label": "public"}
MAY = tuple(f"{verb}_playbook" for verb in ("view", "add", "change", "delete"))


@pytest.fixture
def internal(db: None) -> APIClient:
    """Somebody who may do everything with playbooks, cleared to internal."""
    return client_of(*MAY, "view_feedback", "see_internal")


def of(row: Any, *rest: str) -> str:
    return "/".join([f"{HERE}{row.pk}", *rest, ""])


# --- reading and writing -----------------------------------------------------------


def test_one_is_made_read_changed_and_deleted(api: APIClient) -> None:
    cited = document()
    made = send(api, "POST", HERE, GIVEN | {"documents": [str(cited.pk)], "tags": ["a"]})
    assert made.status_code == 201, made.json()
    here = made["Location"]
    stored = api.get(here)
    assert stored.json() == made.json()
    assert (
        stored.json().items()
        >= {
            **GIVEN,
            **dict(state="draft", reach="public", documents=[str(cited.pk)], stale=False),
            **dict(helpful=0, harmful=0, success=None, found_by="words", note="", owner=""),
        }.items()
    )
    changed = send(api, "PATCH", here, {"owner": "team"}, If_Match=stored["ETag"])
    assert (changed.status_code, changed.json()["documents"]) == (200, [str(cited.pk)])
    assert send(api, "PATCH", here, {"owner": "us"}, If_Match=stored["ETag"]).status_code == 412
    assert api.delete(here).status_code == 204
    assert not Playbook.objects.exists()


def test_what_was_read_can_be_put_back(api: APIClient) -> None:
    row = playbook("Reset", "Reset it", document())
    read = api.get(of(row)).json()
    assert send(api, "PUT", of(row), read).json() | {"updated": ""} == read | {"updated": ""}


def test_a_put_sets_what_it_leaves_out_to_its_default(api: APIClient) -> None:
    row = playbook("Reset", "Reset it", document(), tags=["a"], owner="team")
    put = send(api, "PUT", of(row), GIVEN).json()
    assert (put["tags"], put["documents"], put["owner"]) == ([], [], "")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x"}, "name"),
        ({"state": "active"}, "state"),
        ({"label": "secret"}, "label"),
        ({"documents": ["x"]}, "documents"),
        ({"documents": {"a": 1}}, "documents"),
        ({"tags": "x"}, "tags"),
        ({"task": "\0"}, "task"),
        ({"title": "x" * 201}, "title"),
    ],
)
def test_a_bad_field_is_a_400_that_names_it(api: APIClient, body: Any, field: str) -> None:
    response = send(api, "POST", HERE, GIVEN | body)
    assert (response.status_code, list(response.json())) == (400, [field])


def test_a_list_is_filtered_and_searched(api: APIClient) -> None:
    playbook("One", "Reset", tags=["a", "b"], state="stale")
    playbook("Two", "Invoice", owner="team", label="internal")

    def titles(query: str) -> list[str]:
        return [each["title"] for each in api.get(f"{HERE}?{query}").json()["results"]]

    for query in ("tag=a", "stale=true", "state=stale", "label=public", "search=reset"):
        assert (query, titles(query)) == (query, ["One"])
    for query in ("stale=false", "owner=team", "search=team", "state=active"):
        assert (query, titles(query)) == (query, ["Two"])
    assert api.get(f"{HERE}?stat=active").status_code == 400
    assert api.get(f"{HERE}?state=actve").json() == {
        "state": ['There is no "actve". Did you mean "active"?']
    }


def test_a_list_takes_as_many_queries_as_one(
    api: APIClient, django_assert_max_num_queries: Any
) -> None:
    for number in range(4):
        playbook(f"P{number}", "Reset", document())
    with django_assert_max_num_queries(4):
        assert len(api.get(HERE).json()["results"]) == 4


def test_a_write_says_why_it_has_no_vector(api: APIClient, settings: Any) -> None:
    settings.LAKEHOUSE_EMBEDDING = "echo/m@8"
    provider("echo", clearance="public")
    assert send(api, "POST", HERE, GIVEN).json()["found_by"] == "meaning"
    other = send(api, "POST", HERE, GIVEN | {"title": "B", "label": "internal"}).json()
    assert (other["found_by"], "may see public texts at most" in other["note"]) == ("words", True)


# --- acting ----------------------------------------------------------------------


def test_a_verb_moves_it_and_its_events_tell(api: APIClient) -> None:
    row = playbook(state="draft")
    assert send(api, "POST", of(row, "activate"), {}).json()["state"] == "active"
    retired = send(api, "POST", of(row, "retire"), {"reason": "old"}).json()
    assert (retired["state"], retired["state_reason"]) == ("retired", "old")
    for verb in ("restore", "pin", "review", "unpin"):
        assert send(api, "POST", of(row, verb), {}).status_code == 200
    told = api.get(of(row, "events")).json()["results"]
    assert [(e["after"], e["who"], e["reason"]) for e in told][-2:] == [
        ("retired", "person", "old"),
        ("active", "person", "activated"),
    ]
    assert len(told) == 6


def test_a_verb_that_its_state_does_not_allow_is_a_409(api: APIClient) -> None:
    response = send(api, "POST", of(playbook(), "activate"), {})
    assert response.status_code == 409
    assert "is active: it cannot be activated now" in response.json()["detail"]


def test_an_unknown_word_beside_the_reason_is_a_400(api: APIClient) -> None:
    assert send(api, "POST", of(playbook(), "retire"), {"why": "x"}).status_code == 400


def test_acting_needs_the_permission_to_change() -> None:
    row = playbook()
    client = client_of("view_playbook", "add_playbook")
    assert send(client, "POST", of(row, "retire"), {}).status_code == 403


# --- the gate --------------------------------------------------------------------


def test_what_is_above_the_callers_clearance_does_not_exist(internal: APIClient) -> None:
    own = playbook("Canary one", "Reset", label="confidential")
    cites = playbook("Canary two", "Reset", document(label="restricted"))
    bare = playbook("Canary three", "Reset", label="")
    playbook("Seen", "Reset", label="internal")
    listed = internal.get(f"{HERE}?search=reset")
    assert [each["title"] for each in listed.json()["results"]] == ["Seen"]
    assert (listed.json()["count"], "anary" in listed.content.decode()) == (1, False)
    for row in (own, cites, bare):
        answers = [
            internal.get(of(row)),
            internal.get(of(row, "events")),
            send(internal, "PATCH", of(row), {"owner": "x"}),
            send(internal, "PUT", of(row), GIVEN),
            send(internal, "POST", of(row, "retire"), {}),
            internal.delete(of(row)),
        ]
        assert [answer.status_code for answer in answers] == [404] * 6
        assert not any("anary" in answer.content.decode() for answer in answers)
    assert Playbook.objects.count() == 4


def test_no_label_above_the_callers_clearance_can_be_given(internal: APIClient) -> None:
    row = playbook()
    for label in ("confidential", "restricted", ""):
        assert send(internal, "PATCH", of(row), {"label": label}).status_code == 400
        assert send(internal, "POST", HERE, GIVEN | {"label": label}).status_code == 400
    assert send(internal, "PATCH", of(row), {"label": "internal"}).status_code == 200


def test_a_hidden_document_is_as_one_that_is_not_there(internal: APIClient) -> None:
    hidden, absent = document("Canary", label="confidential").pk, uuid4()

    def told(pk: Any) -> Any:
        answer = send(internal, "POST", HERE, GIVEN | {"documents": [str(pk)]})
        return answer.status_code, answer.content.decode().replace(str(pk), "?")

    assert told(hidden) == told(absent)
    assert told(hidden)[0] == 400


def test_a_hidden_title_can_be_given(internal: APIClient) -> None:
    playbook("Reset", label="restricted")
    assert send(internal, "POST", HERE, GIVEN).status_code == 201
    assert send(internal, "POST", HERE, GIVEN).json()["title"][0].startswith("There is a playbook")


def test_one_whose_document_is_relabelled_is_hidden_at_once(internal: APIClient) -> None:
    row = playbook("Reset", "Reset", document())
    assert internal.get(of(row)).json()["reach"] == "public"
    Document.objects.update(label="confidential")
    assert internal.get(of(row)).status_code == 404


# --- feedback -------------------------------------------------------------------------


def test_feedback_is_listed_with_what_served_the_call(api: APIClient) -> None:
    served, cited = playbook(), document()
    say("harmful", served, cited, note="wrong button")
    say("helpful", playbook("Other"))
    (row,) = api.get(f"/api/v1/feedback/?playbook={served.pk}").json()["results"]
    assert (row["verdict"], row["note"]) == ("harmful", "wrong button")
    assert (row["playbooks"], row["documents"]) == ([str(served.pk)], [str(cited.pk)])
    assert len(api.get("/api/v1/feedback/").json()["results"]) == 2


def test_of_feedback_each_sees_what_he_may_see(internal: APIClient) -> None:
    hidden, seen = playbook("Hidden", label="restricted"), playbook("Seen")
    say("harmful", hidden, seen, document(label="confidential"), document(), note="canary")
    answer = internal.get("/api/v1/feedback/")
    (row,) = answer.json()["results"]
    assert (row["note"], row["playbooks"], len(row["documents"])) == (None, [str(seen.pk)], 1)
    refused = internal.get(f"/api/v1/feedback/?playbook={hidden.pk}")
    absent = internal.get(f"/api/v1/feedback/?playbook={uuid4()}")
    assert (refused.status_code, refused.json()) == (400, absent.json())
