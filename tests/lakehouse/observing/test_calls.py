"""The list of calls and the page of one, in the admin and by REST."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lakehouse.gateway.admin.calls import CallAdmin
from lakehouse.gateway.admin.pages import NewestPages
from lakehouse.gateway.admin.timeline import lanes, shown_ms
from lakehouse.gateway.models import ApiKey, Attempt, Call
from profiles.models import Document

pytestmark = pytest.mark.django_db
LIST, REST = "/admin/gateway/call/", "/api/v1/calls/"


def call(outcome: str = "complete", ago: timedelta = timedelta(0), **more: Any) -> Call:
    fields = {"operation": "chat", "provider": "echo", "model": "m", "instance": uuid.uuid4()}
    began = timezone.now() - ago
    return Call.objects.create(started_at=began, outcome=outcome, **fields | more)


def tried(of: Call, number: int, after_ms: float, outcome: str, **more: Any) -> Attempt:
    began = of.started_at + timedelta(milliseconds=after_ms)
    told = {"provider": f"p{number}", "model": "m", "started_at": began, "outcome": outcome}
    return Attempt.objects.create(call=of, number=number, **told | more)


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def viewer() -> Client:
    """May see calls, and content up to internal."""
    user = User.objects.create_user("ana", is_staff=True)
    names = ["view_call", "see_internal"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


FILTERS: dict[str, dict[str, Any]] = {
    "trouble=failed_today": {"outcome": "incomplete"},
    "trouble=failed": {"outcome": "failed", "ago": timedelta(days=3)},
    "trouble=slow": {"total_ms": 10_001.0},
    "trouble=running": {"outcome": "running"},
    "api_key=77": {"api_key_id": 77},
    "provider=other": {"provider": "other"},
    "profile=fast": {"profile": "fast"},
    "model=vendor/other": {"model": "vendor/other"},
    "error_kind=timeout": {"outcome": "failed", "error_kind": "timeout"},
    "fingerprint=v1-ab": {"outcome": "failed", "fingerprint": "v1-ab"},
    "session=ana-7": {"session": "ana-7"},
}


@pytest.mark.parametrize("query", FILTERS)
def test_the_admin_and_rest_answer_the_same_questions(operator: Client, query: str) -> None:
    call()
    wanted = call(**FILTERS[query])
    assert [row["id"] for row in operator.get(f"{REST}?{query}").json()["results"]] == [
        str(wanted.pk)
    ]
    page = operator.get(f"{LIST}?{query}").context["cl"].result_list
    assert [row.pk for row in page] == [wanted.pk]


def test_yesterdays_failures_are_not_todays(operator: Client) -> None:
    call("failed", timedelta(days=1))
    assert operator.get(f"{REST}?trouble=failed_today").json()["results"] == []


@pytest.mark.parametrize(
    "query", ["api_key=x", "api_key=-1", "session=%00", "provider=%00", "q=nothing", "p=99"]
)
def test_a_filter_that_fits_nothing_is_an_empty_list(operator: Client, query: str) -> None:
    call()
    answer = operator.get(f"{LIST}?{query}", follow=True)
    assert answer.status_code == 200


@pytest.mark.parametrize(("query", "field"), [("trouble=slo", "trouble"), ("api_key=x", "api_key")])
def test_rest_refuses_what_it_does_not_know(operator: Client, query: str, field: str) -> None:
    answer = operator.get(f"{REST}?{query}")
    assert (answer.status_code, [*answer.json()]) == (400, [field])


def test_no_query_of_the_list_looks_through_all_calls(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No choices from the calls themselves, and no count of more than the list leads to."""
    monkeypatch.setattr(CallAdmin, "list_per_page", 1)
    call(), call()
    with CaptureQueriesContext(connection) as seen:
        operator.get(LIST)
    asked = [q["sql"] for q in seen.captured_queries if "gateway_call" in q["sql"]]
    assert asked and all(" LIMIT " in sql and "DISTINCT" not in sql for sql in asked)


def test_the_pages_end_at_the_newest(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lakehouse.gateway.admin.pages.MOST", 3)
    for _ in range(5):
        call()
    pages = NewestPages(Call.objects.all(), 2)
    assert (pages.count, pages.num_pages, pages.more) == (3, 2, True)
    assert "the newest of more" in operator.get(LIST).content.decode()


def test_a_call_of_a_deleted_key_is_found_and_shown(operator: Client) -> None:
    key, _ = ApiKey.objects.issue("search", "ana")
    made, pk = call(api_key=key), key.pk
    assert operator.get(f"{REST}{made.pk}/").json()["key_label"] == "search"
    key.delete()
    found = operator.get(f"{REST}?api_key={pk}").json()["results"]
    assert [(row["api_key"], row["key_label"]) for row in found] == [(pk, None)]
    for path in (f"{LIST}?api_key={pk}", f"{LIST}{made.pk}/change/"):
        assert f"deleted key {pk}" in operator.get(path).content.decode()


def test_the_page_shows_every_try_with_its_reason_and_time(operator: Client) -> None:
    made = call(total_ms=1000.0, ladder="careful", trace_id="4bf9", session="ana-7", cost="0.0125")
    tried(made, 1, 5, "skipped", error_kind="breaker", error_message="It failed 5 times.")
    tried(made, 2, 10, "failed", error_kind="timeout", total_ms=490.0, status=504)
    tried(made, 3, 500, "complete", queue_ms=50.0, first_token_ms=100.0, total_ms=500.0)
    page = operator.get(f"{LIST}{made.pk}/change/").content.decode()
    for text in ("careful", "It failed 5 times.", "timeout", "status 504", "4bf9", "$0.012500"):
        assert text in page
    assert "Began after 500 ms: 50 ms in the queue, 100 ms to the first token" in page


def test_the_bars_of_tries_add_up_to_the_call() -> None:
    made = call(total_ms=1000.0)
    tried(made, 1, 0, "failed", total_ms=400.0)
    tried(made, 2, 400, "complete", queue_ms=100.0, first_token_ms=300.0, total_ms=600.0)
    told = [[(p.kind, p.left, p.width) for p in lane.parts] for lane in lanes(made, 1000.0)]
    assert told == [
        [("failed", "0.00%", "40.00%")],
        [
            *(("queue", "40.00%", "10.00%"), ("wait", "50.00%", "20.00%")),
            ("answer", "70.00%", "30.00%"),
        ],
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0.84, "0.8 ms"), (340.2, "340 ms"), (12_300.0, "12.3 s"), (2e5, "3 min 20 s")],
)
def test_times_are_said_as_people_say_them(value: float | None, text: str) -> None:
    assert shown_ms(value) == text


def test_what_is_above_the_viewers_clearance_is_not_there(viewer: Client) -> None:
    used = []
    for label in ("internal", "restricted"):
        document = Document.objects.create(title=f"the {label} one", label=label)
        used.append({"document": str(document.pk), "chunk": 1, "score": 0.5, "label": label})
    made = call(documents=used, label="restricted", answer_text="canary", request_body={"a": 1})
    page = viewer.get(f"{LIST}{made.pk}/change/").content.decode()
    assert "the internal one" in page
    assert "the restricted one" not in page and "canary" not in page
    rest = viewer.get(f"{REST}{made.pk}/").content.decode()
    assert [entry["label"] for entry in json.loads(rest)["documents"]] == ["internal"]


def test_a_running_calls_page_says_so(operator: Client) -> None:
    page = operator.get(f"{LIST}{call('running').pk}/change/").content.decode()
    assert "so far" in page and "not yet" in page


def test_a_failed_calls_page_leads_to_its_cluster(operator: Client) -> None:
    made = call("failed", error_kind="timeout", fingerprint="v1-ab12")
    page = operator.get(f"{LIST}{made.pk}/change/").content.decode()
    assert 'href="/admin/observing/cluster/v1-ab12/change/"' in page


@pytest.mark.parametrize("page", ["gateway/call/nonsense", "observing/cluster/%00"])
def test_an_address_with_no_id_in_it_leads_to_a_message(operator: Client, page: str) -> None:
    answer = operator.get(f"/admin/{page}/change/", follow=True)
    assert (answer.status_code, "Perhaps it was deleted?" in answer.content.decode()) == (200, True)
