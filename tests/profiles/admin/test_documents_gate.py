"""What is above a person does not exist on any of the admin's pages of documents."""

import pytest
from django.test import Client

from profiles.models import Document
from tests.profiles.admin.people import adds, errors, page, said
from tests.profiles.admin.test_documents import LIST, act, upload
from tests.profiles.shelved import ALL, document, person, playbook

pytestmark = pytest.mark.django_db
HIDDEN = ("internal", "confidential", "restricted", "")


def browser_of(clearance: str = "public", *acts: str) -> Client:
    client = Client()
    client.force_login(person(clearance, *acts))
    return client


def test_lists_counts_searches_and_filters_hold_nothing_above(db: None) -> None:
    for label in HIDDEN:
        document(f"canary {label}", label, owner="canary", source="" if label else "canary")
    document("open", owner="ops")
    client = browser_of("public", "view")
    for query in ("", "q=canary", "ingested=ready", "label=restricted", "_facets=True"):
        response = client.get(f"{LIST}?{query}")
        text = response.content.decode().replace('value="canary"', "").replace("q=canary", "")
        assert "canary" not in text
        if response.status_code == 200:
            assert response.context["cl"].result_count == (
                query in ("", *("ingested=ready",), "_facets=True")
            )


@pytest.mark.parametrize("address", ["change", "delete", "history", "again"])
def test_the_pages_of_what_is_hidden_are_not_there(address: str) -> None:
    row = document("canary", "internal", state="failed")
    client = browser_of()
    there = page(row, address)
    response = client.post(there) if address == "again" else client.get(there)
    assert "canary" not in response.content.decode() + said(response)
    assert response.status_code == 302
    assert Document.objects.get().state == "failed"


@pytest.mark.parametrize("action", ["relabel", "ingest_again", "delete_selected"])
def test_no_action_reaches_what_is_hidden(action: str) -> None:
    row = document("canary", "internal", state="failed")
    act(browser_of(), action, row, post="yes", relabel="yes", label="public")
    found = Document.objects.get()
    assert (found.state, found.label) == ("failed", "internal")


def test_nobody_takes_off_a_label_who_is_not_cleared_for_what_has_none() -> None:
    row = document("plans", "public")
    sent = {"title": "plans", "label": "", "initial-label": "public"}
    response = browser_of("public", "view", "change").post(page(row), sent)
    assert errors(response) == {"label": ["This field is required."]}
    assert Document.objects.get().label == "public"


def test_a_permission_to_see_widens_all_of_it() -> None:
    row = document("plans", "internal")
    client = browser_of("internal", "view")
    assert "plans" in client.get(LIST).content.decode()
    assert "plans" in client.get(page(row)).content.decode()


def test_no_label_is_offered_or_taken_that_the_person_may_not_see() -> None:
    row = document()
    client = browser_of("internal")
    text = client.get(page(row)).content.decode() + client.get(adds(Document)).content.decode()
    assert 'value="internal"' in text
    assert 'value="restricted"' not in text
    upload(client, ("a.txt", b"a"), label="restricted")
    act(client, "relabel", row, relabel="yes", label="restricted")
    client.post(page(row), {"title": "Handbook", "label": "restricted"})
    assert list(Document.objects.values_list("label", flat=True)) == ["public"]


def test_nothing_is_uploaded_without_a_label_by_who_could_not_see_it() -> None:
    assert list(errors(upload(browser_of("internal"), ("a.txt", b"a")))) == ["label"]
    assert not Document.objects.exists()


def test_the_source_of_a_hidden_document_neither_tells_of_it_nor_replaces_it() -> None:
    document("canary", "restricted", source="wiki/plans", raw=b"canary")
    client = browser_of("internal")
    response = upload(client, ("a.txt", b"a"), label="public", source="wiki/plans")
    assert "canary" not in response.content.decode()
    assert Document.objects.get(title="canary").label == "restricted"
    assert Document.objects.filter(source="wiki/plans").count() == 2


def test_a_playbook_above_the_person_is_not_told_of() -> None:
    row = document()
    playbook("canary", row, document("other", "internal"))
    assert "canary" not in browser_of("public", "view").get(page(row)).content.decode()


@pytest.mark.parametrize(
    ("needed", "action"),
    [("change", "relabel"), ("change", "ingest_again"), ("delete", "delete_selected")],
)
def test_each_action_needs_its_own_permission(needed: str, action: str) -> None:
    row = document(state="failed")
    client = browser_of("public", *(set(ALL) - {needed}))
    act(client, action, row, post="yes", relabel="yes", label="public")
    assert Document.objects.get().state == "failed"


def test_uploading_and_ingesting_again_need_theirs() -> None:
    row = document()
    client = browser_of("public", "view")
    assert upload(client, ("a.txt", b"a"), label="public").status_code == 403
    assert client.post(page(row, "again")).status_code == 403
