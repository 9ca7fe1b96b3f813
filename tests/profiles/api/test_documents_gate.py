"""What is above whoever asks does not exist for them, and no label is theirs to give above it."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from lakehouse.gateway import live
from lakehouse.gateway.models import ApiKey
from profiles.models import Document
from tests.profiles.api.test_documents import LIST, titles, url
from tests.profiles.rest import meanwhile, send
from tests.profiles.shelved import client_up_to, document, playbook

pytestmark = pytest.mark.django_db
LABELS = ("public", "internal", "confidential", "restricted", "")


def key_up_to(clearance: str) -> APIClient:
    _, token = ApiKey.objects.issue("ops", "ops", may_manage=True, clearance=clearance)
    live.reload()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.mark.parametrize("up_to", [client_up_to, key_up_to])
@pytest.mark.parametrize(("clearance", "seen"), [("public", 1), ("internal", 2)])
def test_lists_counts_searches_and_filters_end_at_the_clearance(
    up_to: Any, clearance: str, seen: int
) -> None:
    for label in LABELS:
        document(f"canary {label}", label, source=f"at/{label}")
    client = up_to(clearance)
    for query in ("", "search=canary", "state=ready", "undated=true"):
        page = client.get(f"{LIST}?{query}").json()
        assert (page["count"], len(page["results"])) == (seen, seen)
    assert titles(client, "label=restricted") == titles(client, "unlabelled=true") == []
    assert titles(client, "source=at/restricted") == []


@pytest.mark.parametrize("label", ["confidential", ""])
def test_what_is_hidden_is_not_there_whatever_is_asked(label: str) -> None:
    row = document("canary", label)
    client = client_up_to("internal")
    answers = [
        *(client.get(url(row, *rest)) for rest in ([], ["text"], ["chunks"])),
        send(client, "PATCH", url(row), {"label": "public"}),
        client.delete(url(row)),
    ]
    assert {a.status_code for a in answers} == {404}
    assert {a.json()["detail"] for a in answers} == {f'No document has the id "{row.pk}".'}
    assert Document.objects.get().label == label


@pytest.mark.parametrize("hidden", ["its own label", "that of another document it cites"])
def test_a_playbook_above_the_clearance_is_not_told_of(hidden: str) -> None:
    row = document()
    if hidden == "its own label":
        playbook("canary", row, label="internal")
    else:
        playbook("canary", row, document("other", "internal"))
    assert client_up_to("public").get(url(row)).json()["playbooks"] == []


@pytest.mark.parametrize("label", ["confidential", "restricted", ""])
def test_no_label_is_given_that_its_giver_may_not_see(label: str) -> None:
    row = document()
    response = send(client_up_to("internal"), "PATCH", url(row), {"label": label})
    assert response.status_code == 400
    assert "You may label with public or internal." in response.json()["label"][0]
    assert Document.objects.get().label == "public"


def test_whoever_is_cleared_for_all_may_take_a_label_away(api: APIClient) -> None:
    row = document()
    assert send(api, "PATCH", url(row), {"label": ""}).json()["label"] == ""


def test_the_gate_is_asked_again_under_the_lock() -> None:
    row = document()

    def raised() -> None:
        Document.objects.update(label="restricted")

    with meanwhile("FOR UPDATE", raised):
        response = send(client_up_to("internal"), "PATCH", url(row), {"label": "internal"})
    assert response.status_code == 404
    assert Document.objects.get().label != "internal"
