"""Activations are asked for, followed, cancelled and rolled back from the admin."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from profiles.activation.model import Activation
from profiles.models import ExecutionProfile
from tests.profiles.admin.people import (
    activation,
    edited,
    in_traffic,
    listed,
    lists,
    made,
    page,
    said,
    signed_in,
)

pytestmark = pytest.mark.django_db

REFRESHES = 'hx-trigger="every 1s"'


def ended(state: str = "succeeded", **more: Any) -> dict[str, Any]:
    return {"state": state, "started_at": timezone.now(), "finished_at": timezone.now(), **more}


def act(client: Client, *rows: Any) -> Any:
    chosen = {"action": "activate", "_selected_action": [row.pk for row in rows]}
    return client.post(lists(), chosen)


# --- asking ----------------------------------------------------------------


def test_the_button_asks_and_leads_to_the_activation(browser: Client) -> None:
    row = edited(made(), model="m")
    response = browser.post(page(row, "activate"), {"revision": "2"})
    asked = Activation.objects.get()
    assert response["location"] == page(asked)
    assert (asked.profile, asked.revision, asked.state) == ("fast", 2, "pending")
    assert (asked.requested_by, asked.requested_via) == ("ana", "admin")


def test_an_earlier_revision_can_be_activated(browser: Client) -> None:
    row = edited(made(), model="m")
    browser.post(page(row, "activate"), {"revision": "1"})
    assert Activation.objects.get().revision == 1


@pytest.mark.parametrize("revision", ["9", "x", "9" * 30])
def test_a_revision_that_is_not_there_is_said(browser: Client, revision: str) -> None:
    row = made()
    response = browser.post(page(row, "activate"), {"revision": revision})
    assert response["location"] == page(row)
    assert "Its revisions: 1." in said(response)


def test_a_second_one_is_told_of_the_first_and_led_to_it(browser: Client) -> None:
    row = made()
    first = activation(row, requested_by="ben")
    response = browser.post(page(row, "activate"))
    assert response["location"] == page(first)
    assert "ben asked for revision 1" in said(response)


def test_the_list_activates_one_and_leads_to_it(browser: Client) -> None:
    response = act(browser, made())
    assert response["location"] == page(Activation.objects.get())


def test_the_list_activates_several_and_counts(browser: Client) -> None:
    rows = made("a"), made("b"), made("c")
    activation(rows[0])
    told = said(act(browser, *rows))
    assert "a is being activated already" in told
    assert "2 activations asked for." in told


def test_the_page_leads_to_the_open_one_instead_of_a_button(browser: Client) -> None:
    row = made()
    text = browser.get(page(row)).content.decode()
    assert "Activate revision 1" in text
    opened = activation(row)
    text = browser.get(page(row)).content.decode()
    assert "Activate revision 1" not in text
    assert page(opened) in text


def test_asking_is_a_post_of_who_may_change(browser: Client) -> None:
    row = made()
    assert browser.get(page(row, "activate")).status_code == 405
    looker = signed_in("ben", "view_executionprofile", "add_executionprofile")
    assert looker.post(page(row, "activate")).status_code == 403
    act(looker, row)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    assert strict.post(page(row, "activate")).status_code == 403
    assert not Activation.objects.exists()


# --- its page --------------------------------------------------------------


def test_a_pending_one_refreshes_itself_and_says_what_it_waits_for(browser: Client) -> None:
    text = browser.get(page(activation(made()))).content.decode()
    assert "No worker is running: start manage.py worker." in text
    assert REFRESHES in text


def test_the_refresh_answers_only_when_something_changed(browser: Client) -> None:
    row = activation(made())
    address = page(row, "progress")
    seen = browser.get(address).context["run"]["digest"]
    assert browser.get(f"{address}?seen={seen}").status_code == 204
    step = {"name": "secret", "result": "ok", "detail": "found in the environment"}
    Activation.objects.update(steps=[step])
    assert "found in the environment" in browser.get(f"{address}?seen={seen}").content.decode()


@pytest.mark.parametrize(
    ("state", "error"), [("failed", "no key"), ("cancelled", "ana cancelled it.")]
)
def test_one_that_ended_badly_says_why_and_rests(browser: Client, state: str, error: str) -> None:
    row = activation(made(), **ended(state, error=error))
    text = browser.get(page(row)).content.decode()
    assert error in text
    assert "what was live stayed live" in text
    assert REFRESHES not in text


def test_it_shows_what_it_changed(browser: Client) -> None:
    row = edited(made(seed=1), seed=2)
    done = activation(row, **ended(before_profile="fast", before_revision=1))
    changes = browser.get(page(done)).context["run"]["replaced"]["changes"]
    assert [(c.label, c.before, c.after) for c in changes] == [("Seed", "1", "2")]


def test_the_page_outlives_its_profile(browser: Client) -> None:
    row = made()
    done = activation(row, **ended(before_profile="gone", before_revision=1))
    row.delete()
    assert "was deleted since" in browser.get(page(done)).content.decode()


def test_cancelling(browser: Client) -> None:
    row = activation(made())
    assert browser.post(page(row, "cancel"))["location"] == page(row)
    row.refresh_from_db()
    assert (row.state, row.error) == ("cancelled", "ana cancelled it.")


def test_cancelling_too_late_is_said(browser: Client) -> None:
    row = activation(made(), **ended())
    assert "it has ended, as succeeded" in said(browser.post(page(row, "cancel")))


def test_rolling_back_is_an_activation_like_any_other(browser: Client) -> None:
    row = in_traffic(edited(made(), model="m"))
    first = activation(row, **ended(revision=1))
    assert "Roll back to this" in browser.get(page(first)).content.decode()
    browser.post(page(first, "rollback"))
    asked = Activation.objects.exclude(pk=first.pk).get()
    assert (asked.revision, asked.rollback_to, asked.state) == (1, first, "pending")


def test_the_live_one_offers_what_it_replaced(browser: Client) -> None:
    row = in_traffic(edited(made(), model="m"))
    first = activation(row, 1, **ended(revision=1))
    newest = activation(row, 2, **ended(before_profile="fast", before_revision=1))
    text = browser.get(page(newest)).content.decode()
    assert "Roll back to fast@1" in text
    assert page(first, "rollback") in text
    assert "Roll back to this" not in text


@pytest.mark.parametrize("revision", [None, 1])
def test_what_cannot_be_rolled_back_to_is_said(browser: Client, revision: int | None) -> None:
    failed = activation(made(), **ended("failed"))
    assert "it made nothing live" in said(browser.post(page(failed, "rollback")))


def test_acting_on_it_is_a_post_of_who_may_change_its_kind(browser: Client) -> None:
    row = activation(made())
    looker = signed_in("ben", "view_activation", "change_retrievalprofile")
    assert page(row, "cancel") not in looker.get(page(row)).content.decode()
    for name in ("cancel", "rollback"):
        assert browser.get(page(row, name)).status_code == 405
        assert looker.post(page(row, name)).status_code == 403
    assert signed_in("eve", "view_executionprofile").get(page(row, "progress")).status_code == 403
    row.refresh_from_db()
    assert row.state == "pending"


def test_nobody_edits_or_deletes_history(browser: Client) -> None:
    row = activation(made())
    browser.post(page(row), {"state": "succeeded"})
    assert browser.post(page(row, "delete"), {"post": "yes"}).status_code == 403
    row.refresh_from_db()
    assert row.state == "pending"


# --- the list --------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("end=open", [3]),
        ("end=failed", [2]),
        ("asked=me", [3, 1]),
        ("asked=others", [2]),
        ("kind__exact=memory", [3]),
        ("q=fast", [2, 1]),
        ("", [3, 2, 1]),
    ],
)
def test_the_history_answers_questions(query: str, numbers: list[int]) -> None:
    fast = made()
    activation(fast, 1, **ended(before_profile="slow", before_revision=7))
    activation(fast, 2, requested_by="ben", **ended("failed"))
    activation(made("usual", "memory"), 3)
    assert [row.number for row in listed(Activation, query)] == numbers


def test_the_history_takes_the_same_few_queries_however_long(
    browser: Client, django_assert_max_num_queries: Any
) -> None:
    row = made()
    for number in range(8):
        activation(row, number, **ended(before_profile="fast", before_revision=1))
    browser.get(lists(Activation))
    with django_assert_max_num_queries(8):
        text = browser.get(lists(Activation)).content.decode()
    assert "fast@1" in text


def test_a_profiles_page_takes_few_queries_however_long_its_history(
    browser: Client, django_assert_max_num_queries: Any
) -> None:
    row = in_traffic(made())
    for number in range(8):
        edited(row, model=f"m{number}")
        activation(row, number, **ended())
    assert ExecutionProfile.objects.get().revision == 9
    with django_assert_max_num_queries(20):
        browser.get(page(row))
