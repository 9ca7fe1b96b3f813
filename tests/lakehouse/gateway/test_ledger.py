"""The ledger as people read it: the admin's pages, REST and the reaper."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lakehouse.gateway import reaping
from lakehouse.gateway.models import ApiKey, Attempt, Breaker, Call, Instance

pytestmark = pytest.mark.django_db


def call(outcome: str = "complete", age: timedelta = timedelta(0), **more: Any) -> Call:
    made = Call.objects.create(
        operation="chat",
        instance=more.pop("instance", uuid.uuid4()),
        started_at=timezone.now() - age,
        outcome=outcome,
        provider="echo",
        model="echo",
        **more,
    )
    Attempt.objects.create(
        call=made,
        number=1,
        provider="echo",
        model="echo",
        outcome=outcome,
        started_at=timezone.now(),
    )
    return made


@pytest.fixture
def operator(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def test_rest_gives_a_call_with_its_attempts(operator: Client) -> None:
    made = call("failed", error_kind="timeout", status=504)
    found = operator.get(f"/api/v1/calls/{made.pk}/").json()
    assert (found["outcome"], found["error_kind"], found["status"]) == ("failed", "timeout", 504)
    assert [attempt["number"] for attempt in found["attempts"]] == [1]


def test_rest_lists_newest_first_and_filters(operator: Client) -> None:
    older, newer = call("failed", timedelta(hours=1)), call("failed")
    call("complete")
    found = operator.get("/api/v1/calls/?outcome=failed").json()["results"]
    assert [row["id"] for row in found] == [str(newer.pk), str(older.pk)]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("started_after=x", 'Did you mean "started_at__'),
        ("started_at__gte=x", "Enter a valid date/time."),
        ("ordering=total_ms", "Known are: started_at."),
        ("page_size=0", "from 1 to 500"),
    ],
)
def test_rest_refuses_what_it_cannot_filter_by(operator: Client, query: str, said: str) -> None:
    answer = operator.get(f"/api/v1/calls/?{query}")
    assert answer.status_code == 400
    assert said in answer.json()[query.partition("=")[0]][0]


def test_rest_leads_from_page_to_page(operator: Client) -> None:
    ids = [str(call(age=timedelta(hours=n)).pk) for n in range(3)]
    first = operator.get("/api/v1/calls/?page_size=2").json()
    second = operator.get(first["next"]).json()
    assert [row["id"] for row in first["results"] + second["results"]] == ids


@pytest.mark.parametrize("cursor", ["x", "cD1nYXJiYWdl", "cD0lMDA="])
def test_a_cursor_made_by_hand_is_a_404(operator: Client, cursor: str) -> None:
    call()
    assert operator.get("/api/v1/calls/", {"cursor": cursor}).status_code == 404


def test_nobody_can_write_the_ledger_by_rest(operator: Client) -> None:
    path = f"/api/v1/calls/{call().pk}/"
    assert operator.delete(path).status_code == 405
    assert operator.post("/api/v1/calls/", {}).status_code == 405


def test_the_list_in_the_admin_takes_the_same_queries_for_any_number_of_calls(
    operator: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(30):
        call()
    with django_assert_max_num_queries(9):
        operator.get("/admin/gateway/call/")


def test_the_admin_answers_what_failed(operator: Client) -> None:
    fine, broken = call("complete"), call("incomplete")
    page = operator.get("/admin/gateway/call/?trouble=failed").content.decode()
    assert str(broken.pk) in page
    assert str(fine.pk) not in page


def test_a_call_is_shown_with_its_key_and_the_second_it_began(operator: Client) -> None:
    key, _ = ApiKey.objects.issue("search", "ana")
    made = call(api_key=key)
    for path, shown in (("", "search</a>"), (f"{made.pk}/change/", "search (lh_")):
        page = operator.get(f"/admin/gateway/call/{path}").content.decode()
        assert "API key" in page and "Api key" not in page
        assert f'href="/admin/gateway/apikey/{key.pk}/change/">{shown}' in page
        assert f"{made.started_at:%Y-%m-%d %H:%M:%S}" in page
    key.delete()
    assert operator.get(f"/admin/gateway/call/{made.pk}/change/").status_code == 200


def test_a_calls_page_shows_its_attempts(operator: Client) -> None:
    made = call("failed", error_message="the upstream said no")
    page = operator.get(f"/admin/gateway/call/{made.pk}/change/").content.decode()
    assert "the upstream said no" in page
    assert "Tries" in page


def test_the_reaper_ends_the_calls_of_silent_processes_only() -> None:
    alive = Instance.objects.create(id=uuid.uuid4(), host="a", pid=1)
    silent = Instance.objects.create(
        id=uuid.uuid4(), host="a", pid=2, seen_at=timezone.now() - timedelta(minutes=1)
    )
    running, orphan = call("running", instance=alive.id), call("running", instance=silent.id)
    assert reaping.close_dead_calls() == 1
    running.refresh_from_db()
    orphan.refresh_from_db()
    assert (running.outcome, orphan.outcome) == ("running", "incomplete")
    assert orphan.error_kind == "process_died"


def test_the_admin_lists_the_breakers_that_are_not_closed(operator: Client) -> None:
    alive = Instance.objects.create(id=uuid.uuid4(), host="here", pid=1)
    until = timezone.now() + timedelta(seconds=20)
    told = {"failures": 5, "until": until, "reason": "it is down"}
    Breaker.objects.create(instance=alive, provider="corp", **told)
    page = operator.get("/admin/gateway/breaker/").content.decode()
    assert "corp" in page and "it is down" in page
    assert re.search(r"in (20|19|1\d) s", page)
