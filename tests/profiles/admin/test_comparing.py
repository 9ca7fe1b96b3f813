"""Any two revisions are compared, also texts line by line."""

from typing import Any

import pytest
from django.test import Client

from profiles.admin import shown
from profiles.models import ExecutionProfile
from profiles.revisions import Change
from tests.profiles.admin.people import edited, in_traffic, made, page, said

pytestmark = pytest.mark.django_db


def compared(client: Client, query: str) -> dict[str, tuple[str, str]]:
    row = ExecutionProfile.objects.get()
    changes = client.get(f"{page(row, 'compare')}{query}").context["changes"]
    return {change.label: (change.before, change.after) for change in changes}


def test_any_two_revisions_are_compared(browser: Client) -> None:
    edited(edited(made(seed=1), seed=2, model="m"), model="")
    assert compared(browser, "?from=1&to=2") == {"Model": ("(empty)", "m"), "Seed": ("1", "2")}
    assert compared(browser, "?from=3&to=1") == {"Seed": ("2", "1")}


def test_without_a_choice_it_is_what_traffic_gets_and_the_draft(browser: Client) -> None:
    edited(edited(in_traffic(made(seed=1)), seed=2), seed=3)
    assert compared(browser, "") == {"Seed": ("1", "3")}


@pytest.mark.parametrize("query", ["?from=9", "?to=x", "?from=" + "9" * 30, "?to=0"])
def test_a_revision_that_is_not_there_is_said(browser: Client, query: str) -> None:
    row = made()
    response = browser.get(f"{page(row, 'compare')}{query}")
    assert response["location"] == page(row)
    assert "Its revisions: 1." in said(response)


def test_long_texts_are_told_line_by_line() -> None:
    before, after = "a\nb\nc\nd\ne", "a\nb\nc\nd\nE"
    (row,) = shown.rows(ExecutionProfile, [Change("system_prompt", before, after)])
    assert [(line.kind, line.text) for line in row.lines] == [
        ("place", "from line 3"),
        ("same", "c"),
        ("same", "d"),
        ("removed", "e"),
        ("added", "E"),
    ]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        *((None, "(empty)"), ("", "(empty)"), ([], "(empty)"), (True, "yes"), (False, "no")),
        *((0, "0"), (0.1234567, "0.1234567"), (600.0, "600"), (["\n", "b"], "\\n\nb")),
    ],
)
def test_values_are_said_in_words(value: Any, said: str) -> None:
    assert shown.value(value) == said


def test_markup_in_a_value_stays_text(browser: Client) -> None:
    row = edited(in_traffic(made()), system_prompt="<script>alert(1)</script>\n</textarea>")
    for name in ("compare", "change"):
        assert "<script>alert" not in browser.get(page(row, name)).content.decode()
