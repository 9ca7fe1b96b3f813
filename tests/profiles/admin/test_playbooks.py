"""Playbooks and feedback in the admin: what people do there, and what is hidden from whom."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from profiles.models import Document, Feedback, Playbook
from tests.profiles.admin.people import (
    adds,
    errors,
    form,
    listed,
    lists,
    page,
    said,
    send,
    signed_in,
)
from tests.profiles.memory.knowing import document, playbook
from tests.profiles.memory.test_judging import say

pytestmark = pytest.mark.django_db

GIVEN = {"title": "Reset", "task": "Reset a password", "steps": "Open it.", "label": "public"}
MAY = tuple(f"{verb}_playbook" for verb in ("view", "add", "change", "delete"))


def act(client: Client, row: Playbook, verb: str, **more: str) -> Any:
    address = reverse("admin:profiles_playbook_act", args=[row.pk])
    return client.post(address, {"verb": verb, **more})


def in_bulk(client: Client, verb: str, *rows: Playbook) -> Any:
    chosen = {"action": verb, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(lists(Playbook), chosen)


# --- writing -----------------------------------------------------------------------


def test_one_is_made_with_its_documents_as_a_draft(browser: Client) -> None:
    cited = document()
    send(browser, Playbook, **GIVEN, documents=[str(cited.pk)], tags="a\nb")
    made = Playbook.objects.get()
    assert (made.state, made.tags, list(made.documents.all())) == ("draft", ["a", "b"], [cited])
    assert made.words
    assert [(e.after, e.who, e.via) for e in made.events.all()] == [("draft", "ana", "admin")]


def test_it_is_changed_and_keeps_what_the_form_does_not_have(browser: Client) -> None:
    row = playbook("Reset", "Reset it", document(), helpful=3)
    assert send(browser, row, steps="Other.").status_code == 302
    row.refresh_from_db()
    assert (row.steps, row.helpful, row.documents.count(), row.state) == ("Other.", 3, 1, "active")


def test_what_somebody_saved_meanwhile_is_not_overwritten(browser: Client) -> None:
    row = playbook()
    sent = form(row) | {"steps": "Mine."}
    send(browser, row, steps="Theirs.")
    refused = browser.post(page(row), sent)
    assert "Somebody saved this playbook" in errors(refused)["__all__"][0]
    assert Playbook.objects.get().steps == "Theirs."


def test_a_vector_that_is_not_had_is_said(
    browser: Client, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.LAKEHOUSE_EMBEDDING = "gone/m"
    with django_capture_on_commit_callbacks(execute=True):
        answer = send(browser, Playbook, **GIVEN)
    assert "found by its words only" in said(answer)


# --- acting ----------------------------------------------------------------------


def test_a_button_moves_it_and_the_page_tells_the_history(browser: Client) -> None:
    row = playbook(state="draft")
    assert "Activate: calls get it" in browser.get(page(row)).content.decode()
    assert "It is activated." in said(act(browser, row, "activate"))
    act(browser, row, "retire", reason="wrong by now")
    shown = browser.get(page(row)).content.decode()
    for text in ("What became of it", "wrong by now", "active → ", "Restore: counts start anew"):
        assert text in shown


def test_a_button_that_came_too_late_says_so(browser: Client) -> None:
    row = playbook(state="retired")
    assert "is retired: it cannot be pinned now" in said(act(browser, row, "pin"))
    assert act(browser, row, "destroy").status_code == 404


def test_many_are_moved_at_once_and_the_refusals_are_said(browser: Client) -> None:
    rows = [playbook("A", state="draft"), playbook("B", state="draft"), playbook("C")]
    told = said(in_bulk(browser, "activate", *rows))
    assert "2 of 3 activated." in told and '"C" is active' in told
    assert not Playbook.objects.filter(state="draft").exists()


def test_acting_needs_the_permission_to_change(db: None) -> None:
    client, row = signed_in("ben", "view_playbook"), playbook()
    assert "Retire" not in client.get(page(row)).content.decode()
    assert act(client, row, "retire").status_code == 403
    in_bulk(client, "retire", row)
    assert Playbook.objects.get().state == "active"


def test_one_is_deleted_with_its_history(browser: Client) -> None:
    row = playbook("Reset", "Reset it", document())
    say("helpful", row)
    browser.post(page(row, "delete"), {"post": "yes"})
    assert not Playbook.objects.exists()
    assert (Document.objects.count(), Feedback.objects.count()) == (1, 1)


# --- the list ------------------------------------------------------------------------


def test_the_list_answers_what_needs_a_person(browser: Client) -> None:
    playbook("draft", state="draft")
    playbook("stale", state="stale")
    playbook("harmful", helpful=2, harmful=2)
    playbook("fine", helpful=9, harmful=2)
    act(browser, playbook("retired"), "retire")
    playbook("retired long ago", state="retired")
    for matter in ("draft", "stale", "harmful", "retired"):
        assert [row.title for row in listed(Playbook, f"matter={matter}")] == [matter]
    assert [row.title for row in listed(Playbook, "state=retired&q=long")] == ["retired long ago"]
    assert "2 of 4 helped" in browser.get(lists(Playbook)).content.decode()


def test_the_list_takes_as_many_queries_as_one(
    browser: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        playbook(f"P{number}", "Reset it", document())
    with django_assert_max_num_queries(10):
        browser.get(lists(Playbook))


# --- the gate -------------------------------------------------------------------------


def test_staff_without_more_see_public_ones_only(db: None) -> None:
    client = signed_in("ben", *MAY, "view_feedback")
    hidden = [
        playbook("Canary one", label="internal"),
        playbook("Canary two", "Reset", document("Canary three", label="internal")),
        playbook("Canary four", label=""),
    ]
    seen = playbook("Seen")
    say("harmful", *hidden, seen, note="Canary five")
    pages = [
        *(lists(Playbook), f"{lists(Playbook)}?q=reset", adds(Playbook), page(seen)),
        *(page(row, name) for row in hidden for name in ("change", "delete", "history")),
        *(lists(Feedback), page(Feedback.objects.get()), "/admin/"),
    ]
    for address in pages:
        assert "anary" not in client.get(address, follow=True).content.decode(), address
    assert all(act(client, row, "retire").status_code == 404 for row in hidden)
    in_bulk(client, "retire", *hidden)
    assert not Playbook.objects.filter(state="retired").exists()


def test_staff_cannot_write_above_their_clearance(db: None) -> None:
    client, hidden = signed_in("ben", *MAY), document(label="internal")
    for typed in ({"label": "internal"}, {"label": ""}, {"documents": [str(hidden.pk)]}):
        assert list(errors(client.post(adds(Playbook), GIVEN | typed))) == list(typed)
    playbook("Reset", label="internal")
    assert client.post(adds(Playbook), GIVEN).status_code == 302


def test_the_log_names_no_title(browser: Client) -> None:
    row = playbook("Canary")
    act(browser, row, "retire")
    send(browser, row, steps="Other.")
    assert {entry.object_repr for entry in LogEntry.objects.all()} == {f"playbook {row.pk}"}


def test_a_note_is_for_those_who_are_cleared_to_restricted(browser: Client) -> None:
    say("harmful", playbook(), note="canary")
    row = Feedback.objects.get()
    ben = signed_in("ben", "view_feedback", "see_confidential")
    for address in (lists(Feedback), page(row)):
        assert "canary" in browser.get(address).content.decode()
        assert "canary" not in ben.get(address).content.decode()
    assert ben.get(f"{lists(Feedback)}?note__startswith=c").status_code in (302, 400)
