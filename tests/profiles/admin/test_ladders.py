"""Ladders in the admin: rungs in the order a person wants, and no gated provider, by any page."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from lakehouse.gateway.models import ApiKey
from profiles.ladder import editing
from profiles.ladder.model import Ladder, Rung, not_unattended
from providers.models import Provider
from tests.profiles.admin.people import (
    adds,
    errors,
    form,
    lists,
    made,
    page,
    said,
    send,
    signed_in,
)
from tests.profiles.rest import meanwhile
from tests.providers.test_models import made as provider

pytestmark = pytest.mark.django_db

RUNG = {"position": "", "provider": "", "model": "", "parameters": ""}


@pytest.fixture(autouse=True)
def registered(db: None) -> None:
    for name in ("a", "b", "c"):
        provider(name)


def ladder(*providers: str, name: str = "spare") -> Ladder:
    made = Ladder.objects.create(name=name)
    for place, of in enumerate(providers, start=1):
        Rung.objects.create(ladder=made, position=place, provider_id=of)
    return made


def rows(*rungs: dict[str, Any], stored: int = 0) -> dict[str, Any]:
    """The inline's fields as a browser sends them."""
    sent = {"rungs-TOTAL_FORMS": len(rungs), "rungs-INITIAL_FORMS": stored}
    for at, rung in enumerate(rungs):
        sent |= {f"rungs-{at}-{key}": value for key, value in (RUNG | rung).items()}
    return sent


def again(row: Ladder, **places: Any) -> list[dict[str, Any]]:
    """The stored rungs as the page shows them, with new positions by provider."""
    return [
        {
            "id": rung.pk,
            "ladder": row.pk,
            "provider": rung.provider_id,
            "position": places.get(rung.provider_id, rung.position),
        }
        for rung in row.rungs.order_by("position")
    ]


def save(client: Client, row: Ladder | None, *rungs: dict[str, Any], **more: Any) -> Any:
    address = page(row) if row else adds(Ladder)
    stored = row.rungs.count() if row else 0
    return client.post(address, form(row or Ladder) | rows(*rungs, stored=stored) | more)


def order(name: str = "spare") -> list[tuple[int, str]]:
    rungs = Rung.objects.filter(ladder__name=name).order_by("position")
    return [(rung.position, rung.provider_id) for rung in rungs]


def refused(response: Any, field: str = "") -> str:
    """What the page says is wrong with the rungs. Fails the test when they were taken."""
    assert response.status_code == 200
    formset = response.context["inline_admin_formsets"][0].formset
    if not field:
        return " ".join(formset.non_form_errors())
    return " ".join(text for found in formset.errors for text in found.get(field, []))


def test_rungs_are_made_in_the_order_they_are_written(browser: Client) -> None:
    one = {"provider": "b", "on_errors": ["timeout"], "on_answers": ["empty"]}
    save(browser, None, one, {"provider": "a", "parameters": '{"seed": 1}'}, name="spare")
    assert order() == [(1, "b"), (2, "a")]
    first, second = Rung.objects.order_by("position")
    assert (first.on_errors, first.on_answers, second.parameters) == (
        ["timeout"],
        ["empty"],
        {"seed": 1},
    )


@pytest.mark.parametrize(
    ("places", "names"),
    [
        ({"c": 1}, "cab"),
        ({"a": 2}, "bac"),
        ({"a": 3}, "bca"),
        ({"c": 0, "a": 1, "b": 2}, "cab"),  # as dragging counts
        ({"a": ""}, "bca"),
        ({"a": 50}, "bca"),
        ({}, "abc"),
    ],
)
def test_rungs_go_where_they_are_put(browser: Client, places: dict[str, Any], names: str) -> None:
    row = ladder("a", "b", "c")
    assert save(browser, row, *again(row, **places)).status_code == 302
    assert order() == list(enumerate(names, start=1))


def test_a_new_rung_takes_the_place_it_is_given(browser: Client) -> None:
    row = ladder("a", "b")
    save(browser, row, *again(row), {"provider": "c", "position": 2})
    assert order() == [(1, "a"), (2, "c"), (3, "b")]


def test_the_others_move_up_when_one_is_deleted(browser: Client) -> None:
    row = ladder("a", "b", "c")
    first, *rest = again(row)
    save(browser, row, first | {"DELETE": "on"}, *rest)
    assert order() == [(1, "b"), (2, "c")]


def test_a_ladder_has_at_most_nine_rungs(browser: Client) -> None:
    response = save(browser, None, *[{"provider": "a"}] * 10, name="spare")
    assert "A ladder has at most 9 rungs." in refused(response)


WRONG = {
    "provider": ("", "required"),
    "parameters": ('{"heat": 1}', 'has no "heat"'),
    "on_errors": (["nothing"], "valid choice"),
    "position": ("x", "whole number"),
}


def test_each_wrong_value_is_said_at_its_field(browser: Client) -> None:
    typed = {field: value for field, (value, _) in WRONG.items()}
    deep = {"provider": "a", "parameters": "[" * 100_000}
    response = save(browser, None, typed, deep, name="spare")
    assert [f for f, (_, text) in WRONG.items() if text not in refused(response, f)] == []
    assert "nested too deeply" in refused(response, "parameters")
    endless = {"provider": "a", "parameters": '{"seed": ' + "9" * 5000 + "}"}
    response = save(browser, None, endless, name="spare")
    assert "more than 4300 digits" in refused(response, "parameters")
    assert not Ladder.objects.exists()


@pytest.mark.parametrize("empty", ["", "[]", '""', "null", "{}"])
def test_empty_parameters_are_no_parameters(browser: Client, empty: str) -> None:
    save(browser, None, {"provider": "a", "parameters": empty}, name="spare")
    assert Rung.objects.get().parameters == {}


# --- somebody else saved meanwhile ------------------------------------------


def by_rest(row: Ladder, *providers: str) -> None:
    """Somebody else's save, which replaces every rung."""
    rungs = [{"provider": name} for name in providers]
    editing.save(editing.filled(Ladder.objects.get(pk=row.pk), {"rungs": rungs}))


@pytest.mark.parametrize("theirs", ["c", "ccc"])
def test_saving_over_anothers_ladder_is_refused_and_loses_nothing(
    browser: Client, theirs: str
) -> None:
    row = ladder("a", "b")
    typed = form(row) | {"owner": "mine"} | rows(*again(row), {"provider": "b"}, stored=2)
    by_rest(row, *theirs)
    told = browser.post(page(row), typed)
    assert "Somebody saved this ladder at" in errors(told)["__all__"][0]
    assert order() == list(enumerate(theirs, start=1))
    shown = told.context["inline_admin_formsets"][0].formset
    assert [each["provider"].value() for each in shown.forms] == ["a", "b", "b"]
    seen = told.context["adminform"].form["seen"].value()
    assert browser.post(page(row), typed | {"seen": seen}).status_code == 302
    assert (order(), Ladder.objects.get().owner) == ([(1, "a"), (2, "b"), (3, "b")], "mine")


def test_a_change_of_a_rung_alone_counts_as_a_save_of_the_ladder(browser: Client) -> None:
    row = ladder("a")
    typed, (rung,) = form(row), again(row)
    save(browser, row, rung | {"model": "m"})
    response = browser.post(page(row), typed | rows(rung | {"model": "n"}, stored=1))
    assert "Somebody saved" in errors(response)["__all__"][0]
    assert Rung.objects.get().model == "m"


def test_a_save_between_the_check_and_the_write_is_seen_too(browser: Client) -> None:
    row = ladder("a")
    asked: list[str] = []

    def rival() -> None:
        asked.append("b")
        by_rest(row, "b")  # on the page's connection: undone with its write

    with meanwhile("FOR NO KEY UPDATE", rival):
        assert save(browser, row, *again(row), owner="mine").status_code == 302
    assert (asked, order(), Ladder.objects.get().owner) == (["b"], [(1, "a")], "mine")


def test_the_ladders_permission_covers_its_rungs() -> None:
    row = ladder("a", "b")
    first, last = again(row)
    answer = save(signed_in("eve", "change_ladder"), row, first | {"DELETE": "on"}, last)
    assert (answer.status_code, order()) == (302, [(1, "b")])


# --- a provider that may not be called unattended ---------------------------


def test_a_gated_provider_is_refused_with_the_reason(browser: Client) -> None:
    provider("gated", unattended=False)
    response = save(browser, None, {"provider": "gated"}, name="spare")
    assert refused(response, "provider") == not_unattended("gated")


def test_a_provider_on_a_ladder_stays_unattended(browser: Client) -> None:
    ladder("a")
    row = Provider.objects.get(name="a")
    typed = form(row)
    del typed["unattended"]
    response = browser.post(page(row), typed)
    found = response.context["adminform"].form.errors["unattended"]
    assert "a is on the ladder spare" in found[0]


@pytest.mark.parametrize("named_by", ["ladder", "profile"])
def test_a_provider_in_use_is_not_deleted(browser: Client, named_by: str) -> None:
    if named_by == "ladder":
        ladder("a")
    else:
        made(provider_id="a")
    row = Provider.objects.get(name="a")
    answer = browser.post(page(row, "delete"), {"post": "yes"})
    assert "protected" in answer.content.decode()
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    browser.post("/admin/providers/provider/", chosen)
    assert Provider.objects.filter(name="a").exists()


def test_one_switched_off_at_the_same_moment_is_said(browser: Client) -> None:
    def rival(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('INSERT INTO "profiles_rung"'):
            Provider.objects.filter(name="a").update(unattended=False)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(rival):
        response = save(browser, None, {"provider": "a"}, name="spare")
    assert "at the same moment" in said(response)
    assert not Ladder.objects.exists()


def test_one_deleted_at_the_same_moment_is_said(browser: Client) -> None:
    def rival(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('INSERT INTO "profiles_rung"'):
            Provider.objects.filter(name="a").delete()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(rival):
        response = save(browser, None, {"provider": "a"}, name="spare")
    assert "deleted at the same moment" in said(response)


# --- the list, and what uses a ladder ---------------------------------------


def test_the_list_shows_rungs_and_users(browser: Client) -> None:
    ladder("a", "b")
    made(ladder_id="spare")
    text = browser.get(lists(Ladder)).content.decode()
    assert "a → b" in text
    assert "1 profile" in text


def test_the_list_takes_the_same_few_queries_however_long(
    browser: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        ladder("a", "b", name=f"l{number}")
    browser.get(lists(Ladder))
    with django_assert_max_num_queries(9):
        browser.get(lists(Ladder))


def test_a_ladder_in_use_says_by_whom_and_is_not_deleted(browser: Client) -> None:
    row = ladder("a")
    made(ladder_id="spare")
    assert "fast" in browser.get(page(row)).content.decode()
    assert "protected" in browser.post(page(row, "delete"), {"post": "yes"}).content.decode()
    assert Ladder.objects.exists()


def test_a_ladder_keeps_its_name(browser: Client) -> None:
    row = ladder("a")
    save(browser, row, *again(row), name="other", owner="ops")
    row.refresh_from_db()
    assert (row.name, row.owner) == ("spare", "ops")


# --- keys ------------------------------------------------------------------


def test_a_key_is_tied_to_a_profile_and_the_list_shows_it(browser: Client) -> None:
    made()
    key, _ = ApiKey.objects.issue("search", "ops")
    send(browser, key, profile="fast")
    key.refresh_from_db()
    assert key.profile_id == "fast"
    assert "fast" in browser.get("/admin/gateway/apikey/").content.decode()
