"""What calls or people use is not deleted, one by one or many at once; and the page says why."""

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.test import Client

from lakehouse.gateway.models import ApiKey
from profiles.base import Profile
from profiles.models import ExecutionProfile, RetrievalProfile
from tests.profiles.admin.people import activation, in_traffic, lists, made, page, said, signed_in

pytestmark = pytest.mark.django_db


def delete_selected(client: Client, *rows: Profile) -> str:
    chosen = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}
    return said(client.post(lists(type(rows[0])), chosen | {"post": "yes"}))


def live() -> Profile:
    return in_traffic(made())


def opened() -> Profile:
    row = made()
    activation(row)
    return row


def named() -> Profile:
    row = made("usual", "retrieval")
    made("fast", retrieval_id="usual")
    return row


def keyed() -> Profile:
    ApiKey.objects.issue("search", "ops", profile=(row := made()))
    return row


HELD = [
    (live, "fast is the live execution profile, so calls use it. Activate another first."),
    (opened, "fast is being activated. Wait for that to end, or cancel it."),
    (named, "usual is used by fast. Take it out there first."),
    (keyed, "fast is used by search (lh_"),
]


@pytest.mark.parametrize("post", [{}, {"post": "yes"}])
@pytest.mark.parametrize(("make", "why"), HELD)
def test_what_is_held_is_not_deleted_and_says_why(
    browser: Client, make: "type[Profile]", why: str, post: dict[str, str]
) -> None:
    row = make()
    address = page(row, "delete")
    response = browser.post(address, post) if post else browser.get(address)
    assert response["location"] == page(row)
    assert why in said(response)
    assert type(row).objects.filter(pk=row.pk).exists()


def test_many_at_once_are_counted_and_the_held_ones_told(browser: Client) -> None:
    told = delete_selected(browser, live(), made("b"), made("c"))
    assert "fast is the live execution profile" in told
    assert "2 of 3 deleted." in told
    assert [row.name for row in ExecutionProfile.objects.all()] == ["fast"]
    assert LogEntry.objects.count() == 2


def test_many_at_once_are_asked_about_first(browser: Client) -> None:
    row = made()
    chosen = {"action": "delete_selected", "_selected_action": [row.pk]}
    assert "Are you sure" in browser.post(lists(), chosen).content.decode()
    assert ExecutionProfile.objects.exists()


def test_a_draft_is_deleted_by_whoever_did_it(browser: Client) -> None:
    row = made()
    assert "Are you sure" in browser.get(page(row, "delete")).content.decode()
    browser.post(page(row, "delete"), {"post": "yes"})
    assert not ExecutionProfile.objects.exists()
    (last, _) = apps.get_model("profiles", "executionrevision").objects.all()
    assert (last.pgh_label, last.pgh_context) == ("deleted", {"who": "ana", "via": "admin"})


def test_deleting_needs_its_permission(browser: Client) -> None:
    row = made("usual", "retrieval")
    client = signed_in("ben", "view_retrievalprofile", "change_retrievalprofile")
    assert client.post(page(row, "delete"), {"post": "yes"}).status_code == 403
    delete_selected(client, row)
    assert RetrievalProfile.objects.exists()
