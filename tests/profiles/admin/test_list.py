"""The lists answer what an operator asks, in the same few queries however long they are."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from profiles.kinds import Kind
from profiles.models import ExecutionProfile, MemoryProfile, ObserverProfile, RetrievalProfile
from tests.profiles.admin.people import edited, in_traffic, listed, lists, made, page
from tests.providers.conftest import Shelf
from tests.providers.test_models import made as provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def four(shelf: Shelf) -> None:
    """One live and edited since, one activated, one draft, one draft of nobody's."""
    provider("echo")
    edited(in_traffic(made("one", owner="ops", provider_id="echo")), model="m", seed=1)
    in_traffic(made("two", owner="ops"), live=False)
    made("three", owner="search", description="for the box")
    made("four")


@pytest.mark.usefixtures("four")
def test_the_list_says_what_traffic_gets_of_each(browser: Client) -> None:
    text = browser.get(lists()).content.decode()
    for shown in ("live @ 1", "activated @ 1", "nothing", "2 changes not live"):
        assert shown in text


@pytest.mark.usefixtures("four")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("traffic=live", ["one"]),
        ("traffic=activated", ["two"]),
        ("traffic=edited", ["one"]),
        ("traffic=never", ["four", "three"]),
        ("owner=ops", ["one", "two"]),
        ("owner=-", ["four"]),
        ("provider=echo", ["one"]),
        ("provider=-", ["four", "three", "two"]),
        ("q=box", ["three"]),
        ("q=echo", ["one"]),
        ("", ["four", "one", "three", "two"]),
    ],
)
def test_the_list_answers_questions(query: str, names: list[str]) -> None:
    assert [row.name for row in listed(ExecutionProfile, query)] == names


def test_the_list_takes_the_same_few_queries_however_long(
    browser: Client, django_assert_max_num_queries: Any
) -> None:
    provider("echo")
    for number in range(8):
        edited(in_traffic(made(f"p{number}", provider_id="echo")), model="m")
    browser.get(lists())
    with django_assert_max_num_queries(10):
        browser.get(lists())


@pytest.mark.parametrize("model", [RetrievalProfile, MemoryProfile, ObserverProfile])
def test_every_kind_has_a_list_and_a_page(browser: Client, model: Any) -> None:
    row = made("usual", model.kind)
    assert "usual" in browser.get(lists(model)).content.decode()
    assert browser.get(page(row)).context["panel"]["draft"] == 1


def test_the_side_bar_leads_to_all_of_it(browser: Client) -> None:
    text = browser.get(reverse("admin:index")).content.decode()
    names = [f"{kind}profile" for kind in Kind.values]
    for name in (*names, "ladder", "activation"):
        assert reverse(f"admin:profiles_{name}_changelist") in text
