"""Saving in the admin makes a revision, says what traffic gets, and never writes over another's."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client

from profiles.models import ExecutionProfile, ObserverProfile, RetrievalProfile
from tests.profiles.admin.people import (
    edited,
    errors,
    form,
    in_traffic,
    made,
    page,
    said,
    send,
    signed_in,
)

pytestmark = pytest.mark.django_db


def test_a_name_is_enough_and_the_first_revision_is_the_persons(browser: Client) -> None:
    response = send(browser, ExecutionProfile, name="fast")
    row = ExecutionProfile.objects.get()
    assert response["location"] == page(row)
    assert said(response) == "Saved as revision 1. No call gets it yet: activate it to change that."
    assert [(r.who, r.via) for r in row.history] == [("ana", "admin")]


def test_an_edit_is_a_draft_and_says_so(browser: Client) -> None:
    row = in_traffic(made())
    response = send(browser, row, model="m")
    assert said(response) == (
        "Saved as revision 2. Traffic still gets revision 1: activate it to change that."
    )
    assert LogEntry.objects.count() == 1


def test_saving_what_is_there_is_no_revision(browser: Client) -> None:
    row = in_traffic(made(stop=["a, b", "\n\n"], temperature=0.1, validators=["json"]))
    response = send(browser, row)
    assert said(response) == "Nothing changed: it is still revision 1. It is what traffic gets."
    assert len(row.history) == 1


def test_a_switch_can_be_turned_off(browser: Client) -> None:
    row = made("usual", "observer", langfuse=True)
    typed = form(row)
    del typed["langfuse"]
    browser.post(page(row), typed)
    assert not ObserverProfile.objects.get().langfuse


def test_lists_are_typed_a_line_each(browser: Client) -> None:
    send(
        browser,
        ExecutionProfile,
        name="fast",
        stop="\\n\\n\r\nEND, really\r\n\r\nC:\\\\n",
        validators=["json"],
    )
    row = ExecutionProfile.objects.get()
    assert row.stop == ["\n\n", "END, really", "C:\\n"]
    assert row.validators == ["json"]
    assert "\\n\\n\nEND, really\nC:\\\\n" in browser.get(page(row)).content.decode()


WRONG = {
    "name": ("Fast", "lower-case"),
    "temperature": ("3", "from 0 to 2"),
    "top_p": ("nan", "number"),
    "seed": ("9" * 30, "less than or equal"),
    "provider": ("nobody", "valid choice"),
    "validators": ("poem", 'There is no "poem"'),
    "stop": ("x\n" * 17, "at most 16"),
    "system_prompt": ("a\x00b", "Null characters"),
}


def test_each_wrong_value_is_said_at_its_field(browser: Client) -> None:
    typed = {field: value for field, (value, _) in WRONG.items()}
    found = errors(send(browser, ExecutionProfile, **typed))
    assert set(found) == set(WRONG)
    assert [f for f, (_, text) in WRONG.items() if text not in found[f][0]] == []
    assert not ExecutionProfile.objects.exists()


def test_fields_that_do_not_go_together_are_refused(browser: Client) -> None:
    response = send(browser, RetrievalProfile, name="live", top_k="5", rerank_top_k="6")
    assert "cannot be more than top_k" in errors(response)["rerank_top_k"][0]
    assert "whichever profile is live" in errors(response)["name"][0]


def test_a_name_is_for_ever(browser: Client) -> None:
    row: Any = made()
    send(browser, row, name="slow", model="m")
    row.refresh_from_db()
    assert (row.name, row.model) == ("fast", "m")


# --- somebody else saved meanwhile ------------------------------------------


def test_saving_over_anothers_revision_is_refused_and_loses_nothing(browser: Client) -> None:
    row = made()
    typed = form(row) | {"system_prompt": "all I typed"}
    edited(row, "ben", model="his", seed=1)
    response = browser.post(page(row), typed)
    (text,) = errors(response)["__all__"]
    assert "ben saved revision 2 while you were editing revision 1; it changed model, seed." in text
    assert "all I typed" in response.content.decode()
    assert ExecutionProfile.objects.get().model == "his"


def test_saving_again_after_being_told_is_meant(browser: Client) -> None:
    row = made()
    typed = form(row) | {"model": "mine"}
    edited(row, "ben", model="his")
    told = browser.post(page(row), typed).context["adminform"].form
    browser.post(page(row), typed | {"seen": told["seen"].value()})
    assert ExecutionProfile.objects.get().model == "mine"


@pytest.mark.parametrize("seen", ["", "9" * 30])
def test_a_form_of_no_revision_is_refused(browser: Client, seen: str) -> None:
    row = made()
    response = send(browser, row, seen=seen, model="m")
    assert "did not say which revision" in errors(response)["__all__"][0]


def test_a_save_between_the_check_and_the_write_is_seen_too(browser: Client) -> None:
    row = made()
    typed = form(row) | {"model": "mine"}
    raced: list[str] = []

    def rival(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('UPDATE "profiles_executionprofile"') and not raced:
            raced.append(sql)
            edited(row, "ben", model="his")  # on the page's connection: undone with its write
        return execute(sql, params, many, context)

    with connection.execute_wrapper(rival):
        browser.post(page(row), typed)
    assert raced
    assert ExecutionProfile.objects.get().model == "mine"


def test_a_profile_made_from_another_form_goes_back_to_that_form(browser: Client) -> None:
    response = send(browser, ExecutionProfile, name="fast", _popup="1", _to_field="name")
    assert response.template_name[-1] == "admin/popup_response.html"
    assert "fast" in response.context_data["popup_response_data"]


# --- who may ---------------------------------------------------------------


def test_who_may_only_look_sees_all_and_no_button(browser: Client) -> None:
    row = edited(in_traffic(made(model="a")), model="b")
    answer = signed_in("ben", "view_executionprofile").get(page(row))
    assert "Changes not live" in answer.content.decode()
    assert page(row, "activate") not in answer.content.decode()


def test_who_may_not_look_does_not(browser: Client) -> None:
    row = made()
    client = signed_in("ben", "view_retrievalprofile")
    for name in ("change", "compare"):
        assert client.get(page(row, name)).status_code == 403
